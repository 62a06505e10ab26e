// What the pages of campaigns do beyond plain HTML.
"use strict";

(() => {
  // --- A search box that hides the cards of a list whose words do not hold what is typed ---

  document.addEventListener("input", (event) => {
    const box = event.target.closest("[data-filter]");
    if (!box) return;
    const words = box.value.toLowerCase().split(/\s+/).filter(Boolean);
    document.querySelectorAll(`${box.dataset.filter} .choice-card`).forEach((card) => {
      const text = card.textContent.toLowerCase();
      card.hidden = !words.every((word) => text.includes(word)) && !card.querySelector("input").checked;
    });
  });

  // --- Enter in the search box must not send the form ---

  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.matches("[data-filter]")) event.preventDefault();
  });
})();
