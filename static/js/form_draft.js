// Builders keep what is entered, and show it again to whoever comes back; see customers/form_drafts.py.
"use strict";

(() => {
  const form = document.querySelector("[data-draft]");
  const { lost, signedOut } = document.getElementById("draft-kept").dataset;

  // --- Back again: the fields as they were left ---

  const fill = (fields) => {
    for (const control of form.elements) {
      const values = fields[control.name];
      if (!control.name || control.type === "hidden" || control.name === "made_from") continue;
      if (control.type === "checkbox" || control.type === "radio") {
        control.checked = Boolean(values?.includes(control.value));
      } else if (control.type === "select-multiple") {
        for (const option of control.options) option.selected = Boolean(values?.includes(option.value));
      } else if (values?.length) {
        control.value = values.shift();
      }
    }
    document.getElementById("draft-back").hidden = false;
    form.dispatchEvent(new Event("change", { bubbles: true })); // what stands beside the form follows it
  };

  // --- Kept: one after the other, the last state wins ---

  let waiting = null;
  let busy = null;
  let again = false;

  const body = () => {
    const fields = new URLSearchParams([...new FormData(form)].filter(([, value]) => typeof value === "string"));
    fields.set("form_draft", "keep");
    return fields;
  };

  const say = (text) => {
    const line = document.getElementById("draft-kept");
    line.classList.add("draft-lost");
    line.textContent = text;
  };

  const show = (html) => {
    const parts = new DOMParser().parseFromString(html, "text/html");
    for (const part of parts.querySelectorAll("[id]")) document.getElementById(part.id).replaceWith(part);
  };

  const post = async (options) => {
    try {
      const answer = await fetch(location.href, { method: "POST", body: body(), redirect: "manual", ...options });
      if (answer.ok) show(await answer.text());
      else say(answer.type === "opaqueredirect" ? signedOut : lost);
    } catch {
      say(lost);
    }
  };

  const keep = async (options = {}) => {
    clearTimeout(waiting);
    waiting = null;
    again = Boolean(busy);
    if (busy) return;
    do {
      again = false;
      busy = post(options);
      await busy;
    } while (again);
    busy = null;
  };

  const changed = (event) => {
    if (!event.isTrusted) return;
    clearTimeout(waiting);
    waiting = setTimeout(keep, 600);
  };

  form.addEventListener("input", changed);
  form.addEventListener("change", changed);
  addEventListener("pagehide", () => waiting && keep({ keepalive: true }));

  // Saving waits for a draft on its way, which would else come back after it.
  form.addEventListener("submit", async (event) => {
    clearTimeout(waiting);
    waiting = null;
    if (!busy) return;
    event.preventDefault();
    again = false;
    await busy;
    form.requestSubmit(event.submitter);
  });

  const left = document.getElementById("draft-fields");
  if (left) document.addEventListener("DOMContentLoaded", () => fill(JSON.parse(left.textContent))); // after HTMX
})();
