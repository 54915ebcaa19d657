// Predict first: the reader commits to a guess, then sees the answer beside it, and the reason.
//
// A state is { question, options, between, answer, unit, near, why }. With options, the answer and a guess are the
// places of two of them; without, whole numbers between two others. `near`: how far off still counts as close.

import { button, grouped, html, keepKeys } from "./display.mjs";

/** The parts of the state that a link carries: none, so a link gives no guess away. */
export const linked = [];

/** A link may lead to a question, and has nothing to set. */
export function check() {}

const words = ({ options, unit }, value) =>
  options.length ? `“${options[value]}”` : `${grouped(value)} ${unit}`.trim();

/** How a guess compares with the answer, in words: the same as in Python. */
export function compute(state) {
  const { options, answer, near, guess } = state;
  const [guessed, right] = [words(state, guess), words(state, answer)];
  if (guess === answer) return `Right: ${right}.`;
  if (options.length) return `You guessed ${guessed}. The answer is ${right}.`;
  const off = Math.abs(guess - answer);
  const [start, side] = [off <= near ? "Close: you" : "You", guess > answer ? "high" : "low"];
  return `${start} guessed ${guessed}, ${grouped(off)} too ${side}. The answer is ${right}.`;
}

const LOOK = `
.explorer .guess { max-width: 40rem; }
.explorer .guess fieldset { display: grid; justify-items: start; gap: 0; margin: 0; }
.explorer .guess legend { float: none; margin-bottom: 0.4rem; font-size: 1rem; font-weight: 600; line-height: 1.5; color: inherit; }
.explorer .guess label { gap: 0.6rem; padding: 0.2rem 0; line-height: 1.4; }
.explorer .guess input[type="radio"] { flex: none; }
.explorer .guess input[type="number"] { width: 7rem; min-height: 2em; padding: 0 0.5rem; font: inherit; }
.explorer .guess input[type="number"] { color: var(--ink); background: var(--paper); border: 1px solid var(--muted); border-radius: 4px; }
.explorer .guess :is(.mark, .verdict) { font-weight: 600; }
.explorer .guess .mark { display: inline-block; color: var(--accent); }
.explorer .guess .controls button:disabled { color: var(--muted); background: none; border-style: dashed; cursor: default; }
.explorer .guess .result:not(:empty) { margin: 0.8rem 0; padding-left: 0.8rem; border-left: 3px solid var(--accent); }
.explorer .guess .result p { margin: 0; font-size: 1rem; }
.explorer .guess .scale { position: relative; height: 1px; margin: 2.2rem 3.5rem; background: var(--muted); }
.explorer .guess .scale span { position: absolute; transform: translate(-50%, -50%); white-space: nowrap; }
.explorer .guess .scale .dot { width: 12px; height: 12px; border: 2px solid var(--accent); border-radius: 50%; background: var(--paper); }
.explorer .guess .scale .right { background: var(--accent); }
`;

function render({ model, el }) {
  const names = ["question", "options", "between", "answer", "unit", "near", "why"];
  const state = Object.fromEntries(names.map((name) => [name, model.get(name)]));
  const { question, options, between: [low, high], answer, unit, why } = state;
  const key = `guess ${location.pathname} ${question}`; // of the guess in this browser's storage
  const attempt = (task) => { try { return task(); } catch { return null; } }; // where that is blocked, do without
  const group = `guess-${Math.random()}`; // no counter: a notebook loads this module anew for every explorer

  const field = (attributes) => html("input", { ...attributes, input: choose, keydown: enter });
  const inputs = options.length ? options.map((_, value) => field({ type: "radio", name: group, value }))
    : [field({ type: "number", min: low, max: high })];
  const marks = options.map(() => html("span", { class: "mark" }));
  const labels = options.length
    ? options.map((option, i) => html("label", {}, inputs[i], html("span", {}, option, " ", marks[i])))
    : [html("label", {}, "Your guess", inputs[0], unit)];
  const fieldset = html("fieldset", {}, html("legend", {}, question), ...labels);
  const result = html("div", { class: "result", role: "status", tabindex: -1 });
  const missing = html("span", { class: "hint", id: `${group}-missing` });
  const commit = button("Commit", settle), again = button("Guess again", reset);
  commit.setAttribute("aria-describedby", missing.id);
  const controls = html("div", { class: "controls" });
  keepKeys(el);
  el.append(html("div", { class: "guess" }, html("style", {}, LOOK), fieldset, result, controls,
    html("p", { class: "hint" }, "Your guess stays in this browser; nothing is sent.")));

  const chosen = () => inputs.find((input) =>
    input.type === "radio" ? input.checked : input.value !== "" && input.validity.valid);

  function choose() {
    commit.disabled = !chosen();
    const range = () => `First, a whole number from ${grouped(low)} to ${grouped(high)}.`;
    missing.textContent = !commit.disabled ? "" : options.length ? "Choose one first." : range();
  }
  function enter({ key }) { if (key === "Enter" && chosen()) settle(); } // no form: sandboxed pages may submit none
  function settle() {
    const guess = Number(chosen().value);
    attempt(() => localStorage.setItem(key, options[guess] ?? guess));
    show(guess);
    result.focus();
  }
  function reset() {
    attempt(() => localStorage.removeItem(key));
    show();
    inputs[0].focus();
  }

  /** Show the answer beside a guess; without a guess, ask. */
  function show(guess) {
    const asking = guess === undefined;
    fieldset.disabled = !asking;
    if (options.length) inputs.forEach((input, i) => { input.checked = i === guess; });
    else inputs[0].value = guess ?? "";
    marks.forEach((mark, i) => {
      const said = [...(i === guess ? ["your guess"] : []), ...(i === answer ? ["the answer"] : [])].join(", ");
      mark.textContent = asking || !said ? "" : `← ${said}`;
    });
    result.replaceChildren(...(asking ? [] : [html("p", { class: "verdict" }, compute({ ...state, guess })),
      options.length ? "" : scale(guess), html("p", {}, why)]));
    controls.replaceChildren(...(asking ? [commit, missing] : [again]));
    choose();
  }
  function scale(guess) {
    const at = (value, top, name, text) => html("span",
      { class: name, style: `left: ${100 * (value - low) / (high - low)}%; top: ${top}rem` }, text);
    return html("div", { class: "scale", "aria-hidden": "true" },
      at(guess, -1.1, "", `you: ${grouped(guess)}`), at(guess, 0, "dot", ""),
      at(answer, 1.1, "", `answer: ${grouped(answer)}`), at(answer, 0, "dot right", ""));
  }

  const text = attempt(() => localStorage.getItem(key)); // in words, so that it holds when options change places
  const stored = options.length ? options.indexOf(text) : Number(text ?? NaN);
  const possible = options.length ? stored >= 0 : Number.isInteger(stored) && stored >= low && stored <= high;
  show(possible ? stored : undefined);
}

export default { render };
