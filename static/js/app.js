// What every page does beyond plain HTML. Everything here only makes nicer what also works without it.
"use strict";

(() => {
  const YEAR = 365 * 24 * 3600;
  const root = document.documentElement;
  root.classList.add("scripts");

  const remember = (name, value) => {
    const secure = location.protocol === "https:" ? "; Secure" : "";
    document.cookie = `${name}=${value}; Path=/; Max-Age=${YEAR}; SameSite=Lax${secure}`;
  };

  // --- Theme and folded navigation: at once, and remembered as the server remembers them ---

  const setTheme = (theme) => {
    if (theme === "system") root.removeAttribute("data-bs-theme");
    else root.setAttribute("data-bs-theme", theme);
    document.querySelector('meta[name="color-scheme"]').content = theme === "system" ? "light dark" : theme;
    document.querySelectorAll("[data-theme-form] button").forEach((button) => {
      if (button.value === theme) button.setAttribute("aria-pressed", "true");
      else button.removeAttribute("aria-pressed");
    });
    document.dispatchEvent(new CustomEvent("themechange"));
  };

  const setNavigation = (nav) => {
    document.body.classList.toggle("nav-folded", nav === "folded");
    document.body.classList.toggle("nav-open", nav !== "folded");
    const button = document.querySelector("[data-fold-button]");
    button.value = nav === "folded" ? "open" : "folded";
  };

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.matches(".list-tools")) closeMenus(null, false);
    const isTheme = form.matches("[data-theme-form]");
    if (!isTheme && !form.matches("[data-fold]")) return;
    event.preventDefault();
    const { name, value } = event.submitter;
    remember(name, value);
    (isTheme ? setTheme : setNavigation)(value);
  });

  // --- Keys: "/" goes to the search box, Escape closes menus ---

  const writing = (element) => element.matches("input, textarea, select, [contenteditable]");

  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && !event.ctrlKey && !event.metaKey && !writing(event.target)) {
      const box = document.querySelector("[data-search]");
      if (box) {
        event.preventDefault();
        box.focus();
      }
    }
    if (event.key === "Escape") closeMenus(null, true);
  });

  const closeMenus = (except, giveFocus) => {
    document.querySelectorAll("details.menu[open]").forEach((menu) => {
      if (menu.contains(except)) return;
      menu.open = false;
      if (giveFocus) menu.querySelector("summary").focus();
    });
  };

  // --- Clicks: outside a menu closes it; a row opens; dialogs, copying, closing ---

  const openRow = (event) => {
    const row = event.target.closest("tr[data-href]");
    if (!row || event.target.closest("a, button, input, label, summary")) return;
    if (String(window.getSelection())) return;
    if (event.ctrlKey || event.metaKey) window.open(row.dataset.href, "_blank", "noopener");
    else window.location.assign(row.dataset.href);
  };

  const openDialog = async (link) => {
    const answer = await fetch(link.href, { headers: { "HX-Request": "true" } });
    const dialog = document.getElementById("dialog");
    if (!answer.ok || answer.redirected || answer.headers.has("HX-Redirect")) {
      window.location.assign(link.href);
      return;
    }
    dialog.innerHTML = await answer.text();
    closeMenus(null, false);
    dialog.showModal();
  };

  const copy = async (button) => {
    const field = document.querySelector(button.dataset.copy);
    field.select();
    await navigator.clipboard.writeText(field.value);
    const word = button.querySelector("span");
    const before = word.textContent;
    word.textContent = button.dataset.copied;
    setTimeout(() => (word.textContent = before), 2000);
  };

  document.addEventListener("click", (event) => {
    const target = event.target;
    closeMenus(target, false);
    const dialogLink = target.closest("a[data-dialog]");
    if (dialogLink && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      openDialog(dialogLink);
    } else if (target.closest("[data-dialog-close]") && target.closest("dialog")) {
      event.preventDefault();
      target.closest("dialog").close();
    } else if (target.closest("[data-close]")) {
      target.closest("[data-toast]").remove();
    } else if (target.closest("[data-copy]")) {
      copy(target.closest("[data-copy]"));
    } else {
      openRow(event);
    }
  });

  // --- Lists: an address holds only what is set, so that it stays short enough to share ---

  document.addEventListener("htmx:configRequest", (event) => {
    if (!event.target.matches(".list-tools")) return;
    const { parameters } = event.detail;
    Object.keys(parameters).forEach((name) => parameters[name] === "" && delete parameters[name]);
  });

  // --- Bulk actions: the bar appears with the first chosen row ---

  const countChosen = (form) => {
    const boxes = [...form.querySelectorAll('input[name="ids"]')];
    const chosen = boxes.filter((box) => box.checked).length;
    const everything = form.querySelector("[data-bulk-all]");
    form.querySelector("[data-bulk-count]").textContent = everything?.checked ? everything.dataset.bulkAll : chosen;
    form.querySelector("[data-bulk-bar]").classList.toggle("bulk-on", chosen > 0 || Boolean(everything?.checked));
    const whole = form.querySelector("[data-bulk-page]");
    whole.checked = chosen === boxes.length && chosen > 0;
    whole.indeterminate = chosen > 0 && chosen < boxes.length;
  };

  document.addEventListener("change", (event) => {
    const form = event.target.closest("[data-bulk]");
    if (!form) return;
    if (event.target.matches("[data-bulk-page]")) {
      form.querySelectorAll('input[name="ids"]').forEach((box) => (box.checked = event.target.checked));
    }
    countChosen(form);
  });

  // --- What was refused is in sight; a second click sends nothing twice ---

  document.addEventListener("DOMContentLoaded", () => {
    const faulty = document.querySelector(".fault-box, .field-faulty");
    if (!faulty?.matches(".field-faulty")) return;
    faulty.querySelector("input, select, textarea")?.focus({ preventScroll: true });
    faulty.scrollIntoView({ block: "center" });
  });

  const ONCE = 2000; // milliseconds in which a second click is none

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.getAttribute("method") !== "post") return;
    const since = Number(form.dataset.sent || 0);
    if (Date.now() - since < ONCE) event.preventDefault();
    else form.dataset.sent = Date.now();
  });

  addEventListener("pageshow", (event) => {
    if (event.persisted) document.querySelectorAll("form[data-sent]").forEach((form) => delete form.dataset.sent);
  });

  // --- A field is there when what asks for it is chosen, or when it has a fault ---

  const showAsked = (form) => {
    form.querySelectorAll("[data-when]").forEach((box) => {
      const [name, value] = box.dataset.when.split("=");
      const chosen = form.elements[name]?.value;
      box.hidden = Boolean(chosen) && chosen !== value && !box.matches(".field-faulty");
    });
  };
  document.addEventListener("DOMContentLoaded", () => [...document.forms].forEach(showAsked));
  document.addEventListener("change", (event) => event.target.form && showAsked(event.target.form));

  // --- Good news fades by itself; everything else stays until it is closed ---

  const fade = () => {
    document.querySelectorAll(".notice-success[data-toast]").forEach((toast) => {
      setTimeout(() => toast.remove(), 6000);
    });
  };
  fade();
  document.addEventListener("htmx:load", fade);
})();
