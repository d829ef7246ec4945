// "Chọn cả trang" above the list of mails ticks its rows.
document.querySelectorAll("[data-tick-all]").forEach((all) => {
    all.addEventListener("change", () => {
        document.querySelectorAll(`input[name="chon"][form="${all.form.id}"]`).forEach((tick) => {
            tick.checked = all.checked;
        });
    });
});
