// Dragging conditions and groups by their grip, with mouse, pen or finger. The keyboard has the buttons up and down.
"use strict";

(() => {
  const form = document.querySelector("[data-segment-form]");
  if (!form) return;
  const EDGE = 64; // pixels from the rim of the window where it begins to scroll
  let drag = null; // { node: the <li> that moves, mark: the line where it would go, spot }

  // --- Where it could go: before each node of each group, and behind the last ---

  const spots = (moved) => {
    const lists = [...form.querySelectorAll(".group > .nodes")].filter((list) => !moved.contains(list));
    return lists.flatMap((list) => {
      const nodes = [...list.children].filter((child) => child.matches(".node"));
      const frame = list.getBoundingClientRect();
      const places = nodes.map((node, index) => ({ list, index, before: node, y: node.getBoundingClientRect().top }));
      const end = nodes.length ? nodes[nodes.length - 1].getBoundingClientRect().bottom : frame.top;
      places.push({ list, index: nodes.length, before: null, y: end });
      return places.map((spot) => ({ ...spot, left: frame.left }));
    });
  };

  // The nearest by height; further right means deeper inside.
  const nearest = (moved, x, y) => {
    let best = null;
    for (const spot of spots(moved)) {
      const distance = Math.abs(spot.y - y) + Math.max(0, spot.left - x) - Math.min(spot.left, x) / 100;
      if (!best || distance < best.distance) best = { ...spot, distance };
    }
    return best;
  };

  const stays = (spot) => {
    const nodes = [...spot.list.children].filter((child) => child.matches(".node"));
    const own = nodes.indexOf(drag.node);
    return own >= 0 && (spot.index === own || spot.index === own + 1);
  };

  const show = (spot) => {
    drag.spot = spot;
    if (!spot || stays(spot)) drag.mark.remove();
    else spot.list.insertBefore(drag.mark, spot.before);
  };

  const scroll = (y) => {
    if (y < EDGE) window.scrollBy(0, -12);
    else if (y > window.innerHeight - EDGE) window.scrollBy(0, 12);
  };

  // --- One drag from press to release ---

  const end = () => {
    if (!drag) return;
    drag.mark.remove();
    drag.node.classList.remove("dragged");
    form.classList.remove("dragging");
    drag = null;
  };

  form.addEventListener("pointerdown", (event) => {
    const grip = event.target.closest("[data-grip]");
    if (!grip || event.button !== 0) return;
    event.preventDefault();
    const mark = document.createElement("li");
    mark.className = "drop-mark";
    drag = { node: grip.closest(".node"), mark, spot: null };
    grip.setPointerCapture(event.pointerId);
    drag.node.classList.add("dragged");
    form.classList.add("dragging");
  });

  form.addEventListener("pointermove", (event) => {
    if (!drag) return;
    if (!drag.node.isConnected) return end(); // the tree was drawn anew meanwhile
    scroll(event.clientY);
    show(nearest(drag.node, event.clientX, event.clientY));
  });

  form.addEventListener("pointerup", () => {
    if (!drag) return;
    const { node, spot } = drag;
    const moves = spot && node.isConnected && !stays(spot);
    end();
    if (!moves) return;
    const place = node.querySelector(":scope > .leaf, :scope > .group").id;
    const button = form.querySelector("[data-move]");
    button.value = `move:${place}:${spot.list.closest(".group").id}:${spot.index}`;
    button.click();
  });

  form.addEventListener("pointercancel", end);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") end();
  });
})();
