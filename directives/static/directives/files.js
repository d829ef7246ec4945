// A file field in the words of the page: the browser's own button speaks the language the browser was installed in.
"use strict";

// A form's media are loaded before the form itself.
document.addEventListener("DOMContentLoaded", () => document.querySelectorAll(".case-files").forEach((box) => {
    const input = box.querySelector("input[type=file]");
    const names = box.querySelector(".case-files-names");
    const button = box.querySelector(".case-files-button");
    input.classList.add("case-files-hidden");
    // The theme would look for a text field of its own beside it, and fail.
    input.hasChangeListener = true;
    button.hidden = names.hidden = false;
    const show = () => { names.textContent = [...input.files].map((file) => file.name).join(", ") || names.dataset.none; };
    input.addEventListener("change", show);
    show();
}));
