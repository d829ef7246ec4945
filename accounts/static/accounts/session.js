// Before a session ends for want of activity it says so; when it has ended one signs in again in another tab, and the
// page with its typed text and chosen files stays as it is. Typing counts as activity.
"use strict";
document.addEventListener("DOMContentLoaded", () => {
    const box = document.querySelector("[data-session]");
    if (!box) return;
    const { address, person } = box.dataset;
    const warnSeconds = Number(box.dataset.warn);
    const pingMilliseconds = Number(box.dataset.ping) * 1000;
    const left = box.querySelector("[data-session-left]");
    let token = box.dataset.token;
    let deadline = Date.now() + Number(box.dataset.left) * 1000;
    let pinged = Date.now();
    let timer;

    const secondsLeft = () => Math.max(0, Math.ceil((deadline - Date.now()) / 1000));

    function show(part) {
        box.querySelectorAll("[data-session-part]").forEach((element) => {
            element.hidden = element.dataset.sessionPart !== part;
        });
        box.classList.toggle("session-over", part !== "warning");
        if (!box.open) box.showModal();
    }

    function later(action, milliseconds) {
        clearTimeout(timer);
        timer = setTimeout(action, Math.max(milliseconds, 0));
    }

    function renewTokens() {
        document.querySelectorAll("input[name=csrfmiddlewaretoken]").forEach((input) => { input.value = token; });
    }

    // What the server says of the session; the network may be gone for a while.
    async function ask(method) {
        let answer;
        try {
            answer = await fetch(address, { method, headers: { "X-CSRFToken": token }, cache: "no-store" });
        } catch (error) {
            if (!(error instanceof TypeError)) throw error;
            return later(() => ask("GET"), 10000);
        }
        if (!answer.ok) return method === "POST" ? ask("GET") : later(() => ask("GET"), 10000);
        return follow(await answer.json());
    }

    function follow(state) {
        deadline = Date.now() + state.left * 1000;
        if (!state.left) {
            clearTimeout(timer);
            show("over");
        } else if (state.person !== person) {
            clearTimeout(timer);
            show("other");
        } else {
            token = state.token;
            renewTokens();
            if (state.left > warnSeconds) {
                if (box.open) box.close();
                later(() => ask("GET"), (state.left - warnSeconds) * 1000);
            } else {
                show("warning");
                tick();
            }
        }
    }

    function tick() {
        const seconds = secondsLeft();
        left.textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
        later(seconds ? tick : () => ask("GET"), 1000);
    }

    document.addEventListener("input", () => {
        if (Date.now() - pinged < pingMilliseconds) return;
        pinged = Date.now();
        ask("POST");
    });
    // After the machine slept no timer has run: a form is not sent into a session that is over.
    document.addEventListener("submit", (event) => {
        if (box.contains(event.target) || secondsLeft()) return;
        event.preventDefault();
        event.stopImmediatePropagation();
        ask("GET");
    }, true);
    box.addEventListener("cancel", (event) => event.preventDefault());
    box.querySelector("[data-session-continue]").addEventListener("click", () => ask("POST"));
    box.querySelector("[data-session-reload]").addEventListener("click", () => location.reload());
    new BroadcastChannel("session").addEventListener("message", () => ask("GET"));
    document.addEventListener("visibilitychange", () => {
        if (!document.hidden && (box.open || secondsLeft() <= warnSeconds)) ask("GET");
    });
    later(() => ask("GET"), deadline - Date.now() - warnSeconds * 1000);
});
