// A session that ends while somebody types, or a tab closed by mistake and reloaded, does not lose the words: they are
// kept in this tab until the form was sent or left for the assignment's page. Files cannot be kept.
"use strict";
(() => {
    const PREFIX = "typed:";
    const kept = (field) => field.name && !["hidden", "file", "password", "submit"].includes(field.type);
    const fieldsOf = (form) => [...form.elements].filter(kept);
    const valueOf = (field) => (["radio", "checkbox"].includes(field.type) ? field.checked : field.value);
    const nameOf = (field) => (field.type === "radio" ? `${field.name}=${field.value}` : field.name);

    const restore = (form, key, note) => {
        const stored = sessionStorage.getItem(key);
        if (!stored) return;
        const values = JSON.parse(stored);
        let changed = false;
        for (const field of fieldsOf(form)) {
            if (!(nameOf(field) in values) || field.tagName === "SELECT") continue;
            const value = values[nameOf(field)];
            if (valueOf(field) === value) continue;
            if (typeof value === "boolean") field.checked = value; else field.value = value;
            changed = true;
        }
        note.hidden = !changed;
    };

    document.addEventListener("DOMContentLoaded", () => {
        const note = document.querySelector("[data-keep]");
        if (note) {
            const form = note.closest("form");
            const key = `${PREFIX}${note.dataset.keep}:${location.pathname}`;
            // What the server shows again after a refusal is the latest.
            if (!note.hasAttribute("data-bound")) restore(form, key, note);
            form.addEventListener("input", () => {
                const values = Object.fromEntries(fieldsOf(form).map((field) => [nameOf(field), valueOf(field)]));
                sessionStorage.setItem(key, JSON.stringify(values));
            });
            return;
        }
        // On the assignment's page its dialogs are done with.
        const place = document.querySelector("[data-forget-typed]");
        if (!place) return;
        for (const key of Object.keys(sessionStorage)) {
            if (key.startsWith(PREFIX) && key.includes(place.dataset.forgetTyped)) sessionStorage.removeItem(key);
        }
    });
})();
