// The unit picker, the reading of deadlines and the count of units. Without it the forms work as plain text.
"use strict";

function pause(action, milliseconds) {
    let timer;
    return (...values) => {
        clearTimeout(timer);
        timer = setTimeout(() => action(...values), milliseconds);
    };
}

function element(name, properties, ...children) {
    const made = Object.assign(document.createElement(name), properties);
    made.append(...children);
    return made;
}

const CHIPS_SHOWN = 60;

class UnitPicker {
    constructor(text) {
        this.text = text;
        this.single = "single" in text.dataset;
        this.words = text.closest(".case-picker").dataset;
        this.kinds = new Map();
        this.asked = 0;
        this.active = -1;
        this.offered = [];
        this.chips = element("ul", { className: "case-picker-chips" });
        this.list = element("ul", { className: "case-picker-list", id: `${text.id}_list`, role: "listbox", hidden: true });
        this.input = element("input", {
            type: "text", className: text.className, placeholder: this.words.search, autocomplete: "off", id: `${text.id}_search`,
        });
        for (const [name, value] of Object.entries({
            role: "combobox", "aria-expanded": "false", "aria-controls": this.list.id, "aria-autocomplete": "list",
        })) this.input.setAttribute(name, value);
        text.hidden = true;
        text.after(this.chips, element("div", { className: "case-picker-box" }, this.input, this.list));
        const label = document.querySelector(`label[for="${text.id}"]`);
        if (label) label.htmlFor = this.input.id;
        this.input.addEventListener("input", pause(() => this.ask(), 200));
        this.input.addEventListener("keydown", (event) => this.key(event));
        this.input.addEventListener("paste", (event) => this.paste(event));
        this.input.addEventListener("blur", () => setTimeout(() => this.close(), 150));
        // What was typed but not chosen is still read by the server.
        text.form.addEventListener("submit", () => this.input.value.trim() && this.add(this.input.value));
        this.show();
    }

    lines() {
        return this.text.value.split("\n").map((line) => line.trim()).filter(Boolean);
    }

    set(lines) {
        this.text.value = [...new Set(lines)].join("\n");
        this.show();
        this.text.dispatchEvent(new Event("change", { bubbles: true }));
    }

    add(line) {
        this.input.value = "";
        this.close();
        this.set(this.single ? [line.trim()] : [...this.lines(), line.trim()]);
    }

    show() {
        const lines = this.lines();
        const shown = lines.slice(0, CHIPS_SHOWN).map((line) => {
            const remove = element("button", { type: "button", textContent: "×", title: `${this.words.remove} ${line}` });
            remove.setAttribute("aria-label", remove.title);
            remove.addEventListener("click", () => this.set(this.lines().filter((other) => other !== line)));
            return element("li", {}, line, " ", remove);
        });
        if (lines.length > CHIPS_SHOWN) {
            shown.push(element("li", { textContent: `+ ${lines.length - CHIPS_SHOWN} ${this.words.more}` }));
        }
        this.chips.replaceChildren(...shown);
        this.input.parentElement.hidden = this.single && lines.length > 0;
    }

    async ask() {
        const typed = this.input.value.trim();
        const number = ++this.asked;
        if (typed.length < 2) return this.close();
        const address = new URL(this.text.dataset.address, document.baseURI);
        address.searchParams.set("q", typed);
        const given = this.text.form.elements["given_on"];
        if (given && given.value) address.searchParams.set("ngay", given.value);
        const answer = await fetch(address, { headers: { Accept: "application/json" } });
        if (!answer.ok || number !== this.asked) return undefined;
        this.offered = (await answer.json()).units;
        this.offered.forEach((unit) => this.kinds.set(unit.line, unit.kind));
        this.active = this.offered.length ? 0 : -1;
        return this.open();
    }

    open() {
        const options = this.offered.map((unit, index) => {
            const option = element("li", { textContent: unit.line, role: "option", id: `${this.list.id}_${index}` });
            option.setAttribute("aria-selected", String(index === this.active));
            option.addEventListener("mousedown", (event) => { event.preventDefault(); this.add(unit.line); });
            return option;
        });
        if (!options.length) options.push(element("li", { textContent: this.words.none, className: "case-quiet" }));
        this.list.replaceChildren(...options);
        this.list.hidden = false;
        this.input.setAttribute("aria-expanded", "true");
        this.input.setAttribute("aria-activedescendant", this.active < 0 ? "" : `${this.list.id}_${this.active}`);
    }

    close() {
        this.list.hidden = true;
        this.active = -1;
        this.input.setAttribute("aria-expanded", "false");
    }

    key(event) {
        const move = { ArrowDown: 1, ArrowUp: -1 }[event.key];
        if (move && !this.list.hidden && this.offered.length) {
            event.preventDefault();
            this.active = (this.active + move + this.offered.length) % this.offered.length;
            this.open();
        } else if (event.key === "Enter" && this.input.value.trim()) {
            event.preventDefault();
            this.add(this.active >= 0 && !this.list.hidden ? this.offered[this.active].line : this.input.value);
        } else if (event.key === "Escape") {
            this.close();
        }
    }

    paste(event) {
        const pasted = event.clipboardData.getData("text");
        if (this.single || !pasted.trim().includes("\n")) return;
        event.preventDefault();
        this.set([...this.lines(), ...pasted.split("\n").map((line) => line.trim()).filter(Boolean)]);
    }
}

function readDeadlines(form) {
    const { deadline_words: words, due_on: due, given_on: given, is_standing: standing, words_read: read } = form.elements;
    const shown = form.querySelector(".case-reading");
    const button = form.querySelector("[data-read-deadline]");
    let filled = null;
    let waiting = null;
    // Not under the hands of who is about to type there: what came meanwhile would stand before what they type.
    function fill() {
        if (waiting === null || document.activeElement === due) return;
        if (!due.value || due.value === filled) due.value = filled = waiting;
        waiting = null;
    }
    async function ask(event) {
        if (event) event.preventDefault();
        const typed = words.value.trim();
        if (!typed) { shown.textContent = ""; return; }
        const address = new URL(form.dataset.readingAddress, document.baseURI);
        address.searchParams.set("q", typed);
        if (given.value) address.searchParams.set("ngay", given.value);
        const answer = await fetch(address, { headers: { Accept: "application/json" } });
        if (!answer.ok) return;
        const reading = await answer.json();
        shown.textContent = reading.words;
        read.value = typed;
        waiting = reading.due_on;
        fill();
        if (reading.standing) standing.checked = true;
    }
    words.addEventListener("change", () => ask());
    due.addEventListener("blur", fill);
    button.addEventListener("click", ask);
}

// About how many units: a unit typed by hand whose kind is not known yet counts as one more.
function countUnits(form, pickers) {
    const box = form.querySelector(".case-count");
    const counts = Object.fromEntries(
        form.querySelector(".case-kinds").dataset.counts.trim().split(" ").filter(Boolean).map((pair) => pair.split(":")),
    );
    function count() {
        const chosen = new Set([...form.querySelectorAll("[name=kinds]:checked")].map((kind) => kind.value));
        const joint = form.elements["mode"].value === "joint";
        let number = [...chosen].reduce((sum, kind) => sum + Number(counts[kind] || 0), 0);
        const counted = joint ? [pickers.lead, pickers.units] : [pickers.units];
        counted.forEach((picker) => picker.lines().forEach((line) => {
            if (!chosen.has(picker.kinds.get(line))) number += 1;
        }));
        if (chosen.size) number -= pickers.left_out.lines().length;
        box.textContent = number > 0 ? box.dataset.words.replace("{n}", number) : "";
    }
    form.addEventListener("change", count);
    count();
}

function moveLead(form, pickers) {
    form.querySelectorAll("[name=mode]").forEach((mode) => mode.addEventListener("change", () => {
        const lead = pickers.lead.lines();
        if (form.elements["mode"].value === "each" && lead.length) {
            pickers.lead.set([]);
            pickers.units.set([...lead, ...pickers.units.lines()]);
        }
    }));
}

document.querySelectorAll(".case-form").forEach((form) => {
    const pickers = {};
    form.querySelectorAll("[data-unit-picker]").forEach((text) => { pickers[text.name] = new UnitPicker(text); });
    if (form.querySelector("[data-read-deadline]")) readDeadlines(form);
    if (form.querySelector(".case-count")) {
        moveLead(form, pickers);
        countUnits(form, pickers);
    }
});
