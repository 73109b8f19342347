// Keys for the review page. Everything they do, a link or a button on the page does too.
"use strict";

(() => {
  let last = null; // the id of the item that was decided on last
  let swapped = false;

  const items = () => [...document.querySelectorAll(".item, tr.row")];
  const current = () => document.activeElement?.closest(".item, tr.row") ?? null;
  const tell = (text) => { document.getElementById("told").textContent = text; };

  function focus(item) {
    if (!item) return;
    const inside = item.matches("tr") ? item.querySelector("a") : item;
    inside.focus({ preventScroll: true });
    item.scrollIntoView({ block: item.offsetHeight > window.innerHeight - 120 ? "start" : "nearest" });
  }

  function step(by) {
    const all = items();
    const at = all.indexOf(current());
    focus(all[Math.min(all.length - 1, Math.max(0, at < 0 ? (by > 0 ? 0 : all.length - 1) : at + by))]);
  }

  function send(form) {
    if (form) form.requestSubmit();
    return Boolean(form);
  }

  function open(item, name) {
    const panel = item?.querySelector(`details.${name}`);
    if (!panel) return tell(item ? "This is decided; undo it first with u." : "Choose an item with j first.");
    item.querySelectorAll(".actions details[open]").forEach((other) => { if (other !== panel) other.open = false; });
    panel.open = true;
    panel.querySelector("select, input:not([type=hidden])")?.focus();
  }

  function undo() {
    const item = current()?.querySelector(".undo") ? current() : document.getElementById(last ?? "");
    if (item) send(item.querySelector(".undo"));
  }

  const keys = {
    j: () => step(1),
    k: () => step(-1),
    a: () => { if (!send(current()?.querySelector("form.accept"))) open(current(), "accept"); },
    r: () => open(current(), "reject"),
    c: () => open(current(), "correct"),
    u: undo,
    o: () => { const to = current()?.dataset.claim; if (to) location.assign(to); },
    "/": () => document.getElementById("find")?.focus(),
    "?": () => document.getElementById("keys")?.showModal(),
  };

  function leave(event) {
    const panel = event.target.closest?.(".actions details[open]");
    if (panel) panel.open = false;
    const item = event.target.closest?.(".item");
    if (item) focus(item); else event.target.blur?.();
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (document.getElementById("keys")?.open) return;
    const writing = event.target.matches?.("input:not([type=checkbox]), select, textarea");
    if (event.key === "Escape") return leave(event);
    if (writing || !(event.key in keys)) return;
    event.preventDefault();
    keys[event.key]();
  });

  // Once an item is decided, the next one that waits gets the focus; what failed or was undone keeps it.
  document.addEventListener("htmx:beforeSwap", (event) => {
    const target = event.detail.target;
    if (target.matches(".item")) { last = target.id; swapped = true; }
  });
  document.addEventListener("htmx:afterSettle", () => {
    const item = document.getElementById(last ?? "");
    if (!item || !swapped) return;
    swapped = false;
    const all = items();
    const next = all.slice(all.indexOf(item) + 1).find((other) => other.matches(".open"));
    tell(item.querySelector(".problem, .decision p")?.textContent ?? "Open again.");
    focus(item.matches(".reviewed") && next ? next : item);
  });
  document.addEventListener("htmx:sendError", () => tell("claimcheck does not answer; is it still running?"));
  document.addEventListener("htmx:responseError", (event) => tell(`Nothing was kept (${event.detail.xhr.status}). Load the page again.`));

  const named = document.getElementById(location.hash.slice(1));
  if (named?.matches(".item")) focus(named);
})();
