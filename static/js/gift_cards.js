// The paper of a new gift card.
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) window.print();
});
