// The ledger of claims: show those of one verdict or one chapter. Without this script all are shown.
"use strict";

{ // a scope of its own: the page has another script
  const entries = [...document.querySelectorAll("main .entry[data-verdict]")];
  const bar = document.createElement("form");
  bar.className = "filter";

  // The fragment says what is chosen, so that a choice can be linked to; any other fragment leads to a claim.
  const chosen = () => new URLSearchParams(location.hash.includes("=") ? location.hash.slice(1) : "");

  function choice(name, all, label) {
    const values = [...new Set(entries.map((entry) => entry.dataset[name]))];
    const select = document.createElement("select");
    select.name = name;
    select.append(new Option(all, ""), ...values.map((value) => new Option(label(value), value)));
    const words = document.createElement("label");
    words.append(`${name[0].toUpperCase()}${name.slice(1)} `, select);
    bar.append(words);
    return select;
  }
  const selects = [
    choice("verdict", "all", (value) => value),
    choice("chapter", "all", (value) => value),
  ];
  const count = document.createElement("output");
  bar.append(count);

  function show() {
    let shown = 0;
    for (const entry of entries) {
      entry.hidden = selects.some((select) => select.value && select.value !== entry.dataset[select.name]);
      shown += !entry.hidden;
    }
    for (const section of document.querySelectorAll("main section section")) {
      const own = [...section.querySelectorAll(".entry")];
      section.hidden = own.length > 0 && own.every((entry) => entry.hidden);
    }
    count.textContent = `${shown} of ${entries.length} claims`;
  }
  function follow() {
    for (const select of selects) {
      select.value = chosen().get(select.name) ?? "";
      if (select.selectedIndex < 0) select.value = "";
    }
    show();
  }
  bar.addEventListener("change", () => {
    const said = new URLSearchParams(selects.filter((s) => s.value).map((s) => [s.name, s.value]));
    history.replaceState(null, "", `${location.pathname}${location.search}${String(said) && `#${said}`}`);
    show();
  });
  bar.addEventListener("submit", (event) => event.preventDefault());
  addEventListener("hashchange", follow);
  addEventListener("beforeprint", () => {
    for (const hidden of document.querySelectorAll("main [hidden]")) hidden.hidden = false;
  });
  addEventListener("afterprint", show);

  entries[0].closest("section").before(bar);
  follow();
}
