// The editor of a message: preview, merge fields at the cursor, dragging. Saving itself is plain HTMX.
"use strict";

(() => {
  const editor = () => document.getElementById("message-editor");
  const within = (event, selector) => event.target.closest?.(`#message-editor ${selector}`);

  // --- What the campaign's page said of the message is old once something is added or taken away ---

  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target.id === "message-editor") document.getElementById("content-faults")?.replaceChildren();
  });

  // --- Preview: a second frame loads behind the first, so that nothing flickers ---

  const PHONE = 360;
  let width = 600;
  let openBlock = "";
  let person = null;

  // What is only seen on phones has no choice of widths.
  const shownWidth = () => (editor().querySelector("[data-width]") ? width : PHONE);

  const address = () => {
    const customer = document.getElementById("preview-customer");
    const query = new URLSearchParams({ customer: customer ? customer.value : "", at: Date.now() });
    return `${editor().dataset.preview}?${query}${openBlock ? `#block-${openBlock}` : ""}`;
  };

  const scale = () => {
    const frames = editor()?.querySelector("[data-frames]");
    if (!frames) return;
    const wide = shownWidth();
    const factor = Math.min(1, frames.clientWidth / wide);
    frames.querySelectorAll("iframe").forEach((frame) => {
      frame.style.width = `${wide}px`;
      frame.style.height = `${frames.clientHeight / factor}px`;
      frame.style.transform = `scale(${factor})`;
      frame.style.left = `${Math.max(0, (frames.clientWidth - wide * factor) / 2)}px`;
    });
  };

  const refresh = () => {
    const frames = editor()?.querySelector("[data-frames]");
    if (!frames) return;
    frames.querySelectorAll("iframe.email-next").forEach((frame) => frame.remove());
    const current = frames.querySelector("iframe");
    const next = document.createElement("iframe");
    ["title", "sandbox", "referrerpolicy"].forEach((name) => next.setAttribute(name, current.getAttribute(name)));
    next.className = `${current.className} email-next`;
    next.addEventListener("load", () => {
      next.classList.remove("email-next");
      frames.querySelectorAll("iframe").forEach((frame) => frame !== next && frame.remove());
    });
    next.src = address();
    frames.append(next);
    scale();
  };

  const setWidth = (button) => {
    width = Number(button.dataset.width);
    button.parentElement.querySelectorAll("button").forEach((each) => {
      each.setAttribute("aria-pressed", String(each === button));
    });
    editor().classList.toggle("editor-phone", width < 600);
    scale();
  };

  const setCustomer = (button) => {
    person = button.dataset;
    button.closest("details").open = false;
    showPerson();
  };

  const showPerson = () => {
    document.getElementById("preview-customer").value = person.customer;
    editor().querySelector("[data-person]").textContent = person.name;
    document.body.dispatchEvent(new CustomEvent("preview-changed"));
    refresh();
  };

  // --- Writing at the cursor ---

  let target = null;

  const insert = (field, before, after = "") => {
    field.focus();
    const [start, end] = [field.selectionStart, field.selectionEnd];
    const chosen = field.value.slice(start, end);
    field.setRangeText(before + chosen + after, start, end, "end");
    if (after && !chosen) field.setSelectionRange(start + before.length, start + before.length);
    field.dispatchEvent(new Event("input", { bubbles: true }));
  };

  const linkAt = (field) => {
    const chosen = field.value.slice(field.selectionStart, field.selectionEnd);
    const start = field.selectionStart;
    insert(field, `[${chosen ? "" : "…"}`, "](https://)");
    if (chosen) field.setSelectionRange(start + chosen.length + 11, start + chosen.length + 11);
    else field.setSelectionRange(start + 1, start + 2);
  };

  const startLines = (field, mark) => {
    const from = field.value.lastIndexOf("\n", field.selectionStart - 1) + 1;
    const lines = field.value.slice(from, field.selectionEnd).split("\n");
    field.focus();
    field.setRangeText(lines.map((line) => mark + line).join("\n"), from, field.selectionEnd, "end");
    field.dispatchEvent(new Event("input", { bubbles: true }));
  };

  const useTool = (button) => {
    const field = document.getElementById(button.dataset.for);
    if (button.dataset.wrap) insert(field, button.dataset.wrap, button.dataset.wrap);
    else if (button.dataset.line) startLines(field, button.dataset.line);
    else linkAt(field);
  };

  const pick = (button) => {
    target = document.getElementById(button.dataset.pick);
    document.getElementById("merge-fields").showModal();
  };

  const insertField = (button) => {
    document.getElementById("merge-fields").close();
    // A loop needs lines of its own; a single line gets none.
    const loop = button.dataset.insert.startsWith("{%");
    if (loop && target.tagName === "TEXTAREA") insert(target, `\n${button.dataset.insert}\n`);
    else if (!loop) insert(target, button.dataset.insert);
  };

  document.addEventListener("click", (event) => {
    const button = within(event, "button, summary");
    if (!button) return;
    if (button.matches("[data-pick]")) pick(button);
    else if (button.matches("[data-insert]")) insertField(button);
    else if (button.matches(".etool")) useTool(button);
    else if (button.matches("[data-width]")) setWidth(button);
    else if (button.matches("[data-customer]")) setCustomer(button);
  });

  // --- Lengths, while typing ---

  // About as long as it arrives: a field of the customer counts as `FIELD` letters, as in channels/messages/hints.py.
  const FIELD = "x".repeat(8);
  const lengthOf = (line) => line.replace(/\{\{.*?\}\}/gs, FIELD).replace(/\{%.*?%\}/gs, "").length;

  const count = (root) => {
    root.querySelectorAll("[data-count]").forEach((label) => {
      const field = document.getElementById(label.dataset.count);
      const most = Number(label.dataset.most);
      const length = lengthOf(field.value);
      label.textContent = `${length} / ${most}`;
      label.classList.toggle("efield-long", length > most);
    });
  };

  document.addEventListener("input", (event) => {
    if (within(event, "input, textarea")) count(editor());
  });

  // --- The open block is shown in the preview ---

  document.addEventListener("toggle", (event) => {
    const details = event.target;
    if (!details.matches?.("#message-editor .eblock details") || !details.open) return;
    openBlock = details.closest("[data-block]").dataset.block;
    refresh();
  }, true);

  // --- Dragging: the list shows where the block will stand, the server puts it there ---

  let dragged = null;

  document.addEventListener("dragstart", (event) => {
    const grip = event.target.closest?.("[data-grip]");
    if (!grip) return;
    dragged = grip.closest("[data-block]");
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", "");
    event.dataTransfer.setDragImage(dragged, 16, 16);
    dragged.classList.add("eblock-dragged");
  });

  document.addEventListener("dragover", (event) => {
    const over = dragged && within(event, "[data-block]");
    if (!dragged || !editor().contains(event.target)) return;
    event.preventDefault();
    if (!over || over === dragged) return;
    const box = over.getBoundingClientRect();
    const before = event.clientY < box.top + box.height / 2 || over.matches(".eblock-pinned");
    over[before ? "before" : "after"](dragged);
  });

  document.addEventListener("drop", (event) => {
    if (!dragged) return;
    event.preventDefault();
    const place = [...dragged.parentElement.children].indexOf(dragged);
    const form = dragged.querySelector("form");
    const values = Object.fromEntries(new FormData(form));
    values.products = new FormData(form).getAll("products");
    values.action = `move:${place}`;
    values.revision = document.querySelector(".message-revision").value;
    window.htmx.ajax("POST", form.getAttribute("hx-post"), { values, target: "#message-editor", swap: "outerHTML" });
  });

  document.addEventListener("dragend", () => {
    dragged?.classList.remove("eblock-dragged");
    dragged = null;
  });

  // --- Around HTMX ---

  document.addEventListener("message-saved", refresh);

  // New blocks go behind the open one.
  document.addEventListener("htmx:configRequest", (event) => {
    if (event.target.matches?.("[data-add]") && openBlock) event.detail.parameters.append("after", openBlock);
  });

  // Enter in a search looks again; it does not submit the form around it.
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.matches?.("#message-editor [data-quiet]")) event.preventDefault();
  });

  const start = () => {
    if (!editor()) return;
    const size = editor().querySelector(`[data-width="${window.innerWidth < 768 ? PHONE : width}"]`);
    if (size) setWidth(size);
    else scale();
    if (person && document.getElementById("preview-customer")) showPerson();
    const opened = editor().querySelector(".eblock details[open]");
    openBlock = opened ? opened.closest("[data-block]").dataset.block : "";
    count(editor());
    opened?.scrollIntoView({ block: "nearest" });
  };

  window.addEventListener("resize", scale);
  document.addEventListener("htmx:load", (event) => {
    if (event.target.id === "message-editor") start();
  });
  start();
})();
