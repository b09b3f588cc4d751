/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* Keeps the pages of Info up to date: parts that have changed are replaced. Asks before changes of a
 * form are lost. */
"use strict";

const interval = 1000;

function isInUse(part) {
    const selection = document.getSelection();
    return part.querySelector("details[open]") || part.contains(document.activeElement) ||
        (selection.type === "Range" && part.contains(selection.anchorNode));
}

async function update() {
    const answer = await fetch(location.href, {cache: "no-store"});
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const old = document.querySelectorAll("main > [data-live]");
    const parts = page.querySelectorAll("main > [data-live]");
    for (let i = 0; i < parts.length && i < old.length; i++)
        if (old[i].innerHTML !== parts[i].innerHTML && !isInUse(old[i]))
            old[i].replaceWith(parts[i]);
}

/* The phone may be rebooting: the next turn asks again. */
async function turn() {
    if (!document.hidden)
        await update().catch(() => {});
    setTimeout(turn, interval);
}

if (document.querySelector("[data-live]"))
    setTimeout(turn, interval);

function values(form) {
    return new URLSearchParams(new FormData(form)).toString();
}

/* The values that were refused are shown, but not stored. */
function guard(form) {
    let stored = form.querySelector("[aria-invalid]") ? null : values(form);
    form.addEventListener("submit", () => { stored = values(form); });
    addEventListener("beforeunload", (event) => {
        if (values(form) !== stored)
            event.preventDefault();
    });
}

document.querySelectorAll("form").forEach(guard);
