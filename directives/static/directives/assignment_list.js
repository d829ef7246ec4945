// Ticking all rows of the page, and saying how many are ticked. Without it each row is ticked by hand.
"use strict";
document.addEventListener("DOMContentLoaded", () => {
    const bar = document.querySelector("[data-bulk]");
    if (!bar) return;
    const boxes = [...document.querySelectorAll('input[name="chon"]')];
    const all = bar.querySelector("[data-bulk-all]");
    const count = bar.querySelector("[data-bulk-count]");
    const show = () => {
        const ticked = boxes.filter((box) => box.checked).length;
        all.checked = ticked > 0 && ticked === boxes.length;
        all.indeterminate = ticked > 0 && ticked < boxes.length;
        count.textContent = ticked ? `${count.dataset.bulkCount} ${ticked}` : "";
    };
    all.addEventListener("change", () => {
        boxes.forEach((box) => { box.checked = all.checked; });
        show();
    });
    boxes.forEach((box) => box.addEventListener("change", show));
    show();
});
