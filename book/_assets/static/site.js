// What a page does besides being read: menu, dark mode, copying code, and boxes that scroll by keyboard.
"use strict";

const root = document.documentElement;

// Dark mode. A choice equal to the system's is forgotten, so that the page follows the system again.
const dark = matchMedia("(prefers-color-scheme: dark)");
const system = () => (dark.matches ? "dark" : "light");
const themeButton = document.getElementById("theme");
let chosen = root.dataset.theme !== system();
function show(theme) {
  root.dataset.theme = theme;
  themeButton.setAttribute("aria-pressed", String(theme === "dark"));
}
show(root.dataset.theme);
themeButton.addEventListener("click", () => {
  show(root.dataset.theme === "dark" ? "light" : "dark");
  chosen = root.dataset.theme !== system();
  try {
    if (chosen) localStorage.setItem("theme", root.dataset.theme);
    else localStorage.removeItem("theme");
  } catch { /* storage is blocked: the choice lasts for this page */ }
});
dark.addEventListener("change", () => { if (!chosen) show(system()); });

// The contents of the book, folded away on a narrow screen.
const menu = document.getElementById("menu");
function unfold(open) {
  menu.setAttribute("aria-expanded", String(open));
  document.body.classList.toggle("menu-open", open);
}
menu.addEventListener("click", () => unfold(menu.getAttribute("aria-expanded") === "false"));
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && menu.getAttribute("aria-expanded") === "true") {
    unfold(false);
    menu.focus();
  }
});

// The contents of the page: open beside the text where there is room, else a folded box above it.
const here = document.querySelector("#here details");
if (here) {
  const wide = matchMedia("(min-width: 1200px)");
  const fold = () => { here.open = wide.matches; };
  wide.addEventListener("change", fold);
  fold();

  const links = new Map();
  for (const a of here.querySelectorAll("a[href^='#']")) links.set(decodeURIComponent(a.hash.slice(1)), a);
  const headings = [...document.querySelectorAll("main section[id]")].filter((s) => links.has(s.id));
  const mark = () => {
    const passed = headings.filter((s) => s.getBoundingClientRect().top < innerHeight / 3);
    for (const a of links.values()) a.removeAttribute("aria-current");
    if (passed.length) links.get(passed.at(-1).id).setAttribute("aria-current", "true");
  };
  addEventListener("scroll", mark, { passive: true });
  mark();
}

// A copy button on code that a reader may want to run (not on outputs).
for (const block of document.querySelectorAll("main [class*='highlight-']:not(.output) > .highlight")) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "copy";
  button.textContent = "Copy";
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(block.querySelector("pre").textContent.trimEnd());
    button.textContent = "Copied";
    setTimeout(() => { button.textContent = "Copy"; }, 1500);
  });
  block.append(button);
}

// Whatever scrolls inside its own box can be reached and scrolled with the keyboard.
const boxes = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    if (target.scrollWidth > target.clientWidth + 1) target.tabIndex = 0;
    else target.removeAttribute("tabindex");
  }
});
for (const box of document.querySelectorAll("main :is(pre, div.math, .output, figure:not([data-explorer]), .pst-scrollable-table-container)")) {
  boxes.observe(box);
}

// What is printed is printed on white paper, with folded solutions open.
addEventListener("beforeprint", () => {
  const folded = [...document.querySelectorAll("main details:not([open])")];
  const theme = root.dataset.theme;
  for (const fold of folded) fold.open = true;
  show("light");
  addEventListener("afterprint", () => {
    for (const fold of folded) fold.open = false;
    show(theme);
  }, { once: true });
});
