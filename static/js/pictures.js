// Choosing an uploaded picture for a field that holds a picture's address.
"use strict";

(() => {
  let target = "";

  const dialog = () => {
    const known = document.getElementById("pictures");
    if (known) return known;
    const made = document.createElement("dialog");
    made.id = "pictures";
    made.className = "dialog pictures";
    made.setAttribute("aria-labelledby", "pictures-title");
    document.body.append(made);
    return made;
  };

  const open = async (button) => {
    target = button.dataset.pictureFor;
    const box = dialog();
    await htmx.ajax("GET", button.dataset.pictures, { target: box, swap: "innerHTML" });
    if (!box.open) box.showModal();
  };

  // The editor draws its fields anew after each save: the field is looked for when it is written to.
  const take = (button) => {
    const field = document.getElementById(target);
    dialog().close();
    if (!field) return;
    field.value = button.dataset.picture;
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.dispatchEvent(new Event("change", { bubbles: true }));
    field.focus();
  };

  document.addEventListener("click", (event) => {
    const opener = event.target.closest?.("[data-picture-for]");
    if (opener) open(opener);
    const picked = event.target.closest?.("[data-picture]");
    if (picked) take(picked);
  });

  document.addEventListener("htmx:afterSwap", (event) => {
    const fresh = event.target.querySelector?.("[data-picture-new]");
    if (fresh) take(fresh);
  });
})();
