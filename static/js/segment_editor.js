// The segment editor: searching conditions, keys in lists of suggestions, and one change at a time.
"use strict";

(() => {
  const form = document.querySelector("[data-segment-form]");
  if (!form) return;

  // --- One redrawing change at a time: what comes meanwhile would be about a tree that is gone ---

  let redrawing = null;

  document.addEventListener("htmx:confirm", (event) => {
    if (redrawing && !event.target.matches("[data-finder]")) event.preventDefault();
  });
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.detail.target.id === "segment-editor") redrawing = event.detail.xhr;
  });
  const answered = (event) => {
    // Saved: the page is on its way out, and a late change must not become a draft again.
    const leaves = event.detail.xhr.getResponseHeader("HX-Redirect");
    if (event.detail.xhr === redrawing && !leaves) redrawing = null;
  };
  document.addEventListener("htmx:beforeOnLoad", answered); // the new tree takes changes at once
  document.addEventListener("htmx:afterRequest", answered); // also after an error

  // --- Each change has a number: the server may hear two in the wrong order, and keeps the later one ---

  const page = crypto.getRandomValues(new Uint32Array(3)).join("-");
  let turn = 0;

  document.addEventListener("htmx:configRequest", (event) => {
    if (event.detail.verb !== "post") return;
    event.detail.parameters.append("page", page);
    event.detail.parameters.append("turn", ++turn);
  });

  // --- The picker: type to narrow, arrows to move, Enter takes the first ---

  const shown = (box) => [...box.querySelectorAll("[data-pick]")].filter((pick) => !pick.hidden);

  const narrow = (search) => {
    const box = search.closest("[data-picker]");
    const words = search.value.toLocaleLowerCase().split(/\s+/).filter(Boolean);
    const fits = (element) => words.every((word) => element.textContent.toLocaleLowerCase().includes(word));
    const picks = [...box.querySelectorAll("[data-pick]")];
    const named = picks.filter((pick) => fits(pick.querySelector("strong")));
    const found = named.length ? named : picks.filter(fits); // explanations count only when no name fits
    picks.forEach((pick) => (pick.hidden = !found.includes(pick)));
    box.querySelectorAll("[data-picker-group]").forEach((group) => {
      group.hidden = !group.querySelector("[data-pick]:not([hidden])");
    });
    box.querySelector("[data-picker-none]").hidden = shown(box).length > 0;
  };

  form.addEventListener(
    "toggle",
    (event) => {
      if (event.target.matches("[data-picker]") && event.target.open) {
        const search = event.target.querySelector("[data-picker-search]");
        search.value = "";
        narrow(search);
        search.focus();
      }
    },
    true,
  );

  // Searching is not editing: it must not reach the element that counts.
  form.addEventListener(
    "input",
    (event) => {
      if (!event.target.matches("[data-picker-search]")) return;
      event.stopPropagation();
      narrow(event.target);
    },
    true,
  );
  form.addEventListener(
    "change",
    (event) => {
      if (event.target.matches("[data-picker-search], [data-finder]")) event.stopPropagation();
    },
    true,
  );

  const choices = (element) => {
    const picker = element.closest("[data-picker]");
    if (picker) return shown(picker);
    const input = element.closest(".input");
    return input ? [...input.querySelectorAll("[data-found] .suggestion")] : [];
  };

  form.addEventListener("keydown", (event) => {
    const isSearch = event.target.matches("[data-picker-search], [data-finder]");
    const isChoice = event.target.matches("[data-pick], .suggestion");
    if (!isSearch && !isChoice) return;
    const list = choices(event.target);
    if (isSearch && event.key === "Enter") {
      event.preventDefault();
      if (list.length) list[0].click();
      return;
    }
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step || !list.length) return;
    event.preventDefault();
    const place = list.indexOf(event.target) + step;
    if (place < 0) {
      event.target.closest("[data-picker], .input").querySelector("[data-picker-search], [data-finder]").focus();
    } else {
      list[Math.min(place, list.length - 1)].focus();
    }
  });

  // --- Suggestions go away with the focus; after a click, or what it is meant for would move away from the mouse ---

  let pressing = false;

  const leave = (element) => {
    const own = element.closest(".input");
    form.querySelectorAll("[data-found]").forEach((found) => {
      found.hidden = found.closest(".input") !== own;
    });
  };

  const release = () => {
    pressing = false;
    setTimeout(() => leave(document.activeElement)); // the click comes first
  };

  form.addEventListener("pointerdown", () => (pressing = true), true);
  document.addEventListener("pointerup", release, true);
  document.addEventListener("pointercancel", release, true);
  form.addEventListener("focusin", (event) => pressing || leave(event.target));
})();
