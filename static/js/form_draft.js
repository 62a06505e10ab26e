// Builders keep what is entered, and show it again to whoever comes back; see customers/form_drafts.py.
"use strict";

(() => {
  const form = document.querySelector("[data-draft]");
  const { lost, refused, signedOut } = document.getElementById("draft-kept").dataset;
  const PATIENCE = 8000; // milliseconds for an answer
  const SMALL = 60000; // what a browser still sends for a page that is gone

  // --- Back again: the fields as they were left ---

  const fill = (fields) => {
    for (const control of form.elements) {
      const values = fields[control.name];
      if (!control.name || control.disabled || control.type === "hidden" || control.name === "made_from") continue;
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

  let waiting = null; // until somebody pauses
  let busy = null; // the answer that is waited for
  let again = false; // something changed meanwhile
  let leaving = false; // saved or thrown away: nothing is kept after it

  // Whoever signed in again in another tab has a new token.
  const renew = () => {
    const token = document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1];
    if (token) document.querySelectorAll("[name=csrfmiddlewaretoken]").forEach((field) => (field.value = token));
  };

  const say = (text) => {
    const line = document.getElementById("draft-kept");
    line.classList.add("draft-lost");
    line.textContent = text;
  };

  const show = (html) => {
    const parts = new DOMParser().parseFromString(html, "text/html");
    document.getElementById("draft-kept").classList.remove("draft-lost");
    for (const part of parts.querySelectorAll("[id]")) {
      document.getElementById(part.id).replaceChildren(...part.childNodes); // the element stays, so it is read out
    }
  };

  const post = async () => {
    const fields = new URLSearchParams([...new FormData(form)].filter(([, value]) => typeof value === "string"));
    fields.set("form_draft", "keep");
    const keepalive = fields.toString().length < SMALL;
    const signal = AbortSignal.timeout(PATIENCE);
    try {
      const answer = await fetch(location.href, { method: "POST", body: fields, redirect: "manual", keepalive, signal });
      if (answer.ok) show(await answer.text());
      else say(answer.type === "opaqueredirect" ? signedOut : refused);
    } catch {
      say(lost);
    }
  };

  const keep = async () => {
    waiting = null;
    again = Boolean(busy);
    if (busy) return;
    do {
      again = false;
      busy = post();
      await busy;
    } while (again && !leaving);
    busy = null;
  };

  const changed = (event) => {
    if (!event.isTrusted || leaving) return;
    renew();
    clearTimeout(waiting);
    waiting = setTimeout(keep, 600);
  };

  form.addEventListener("input", changed);
  form.addEventListener("change", changed);
  addEventListener("pagehide", () => !leaving && (waiting || again) && post());

  // A draft on its way would come back after what ends it. A second click ends nothing more.
  const leave = async (event) => {
    if (leaving) {
      event.preventDefault();
      return;
    }
    const { target, submitter } = event;
    renew();
    clearTimeout(waiting);
    waiting = null;
    leaving = true;
    setTimeout(() => (leaving = false), PATIENCE); // somebody stopped it
    if (!busy) return;
    event.preventDefault();
    await busy;
    leaving = false;
    target.requestSubmit(submitter);
  };

  form.addEventListener("submit", leave);
  document.getElementById("draft-discard").addEventListener("submit", leave);
  addEventListener("pageshow", () => (leaving = false)); // back by the browser's button

  const left = document.getElementById("draft-fields");
  if (left) document.addEventListener("DOMContentLoaded", () => fill(JSON.parse(left.textContent))); // after HTMX
})();
