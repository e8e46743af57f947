/* The dashboard follows the bank: parts marked data-live are fetched anew when something has changed, and forms are
 * sent without leaving the page. Without this script every form and link works all the same. */
(function () {
  "use strict";

  const said = document.getElementById("said");
  let busy = false;
  let again = false;

  function keepOpen(before, after) {
    for (const details of before.querySelectorAll("details[open][id]")) {
      const same = after.querySelector("#" + CSS.escape(details.id));
      if (same) same.open = true;
    }
  }

  function swap(before, after) {
    const focused = before.contains(document.activeElement) ? document.activeElement : null;
    const isTyping = focused && (focused.tagName === "INPUT" || focused.tagName === "SELECT");
    keepOpen(before, after);
    if (isTyping || before.isEqualNode(after)) return;
    before.replaceWith(after);
    const next = focused && focused.id && document.getElementById(focused.id);
    if (next) next.focus({ preventScroll: true });
  }

  async function refresh() {
    if (busy) {
      again = true;
      return;
    }
    busy = true;
    try {
      const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const before of document.querySelectorAll("[data-live]")) {
        const after = page.getElementById(before.id);
        if (after) swap(before, document.importNode(after, true));
      }
    } catch (error) {
      said.textContent = "The sandbox does not answer.";
    }
    busy = false;
    if (again) {
      again = false;
      refresh();
    }
  }

  async function send(form, button) {
    const fields = new URLSearchParams(new FormData(form, button));
    said.textContent = "";
    said.className = "said";
    try {
      const answer = await fetch(form.getAttribute("action"), { method: "POST", body: fields, redirect: "manual" });
      if (answer.type !== "opaqueredirect") {
        const problem = await answer.json();
        said.textContent = problem.error.description;
        said.className = "said problem";
      }
    } catch (error) {
      said.textContent = "The sandbox does not answer.";
    }
    await refresh();
  }

  document.addEventListener("submit", (event) => {
    // Not form.method and form.action: inputs of that name would hide them.
    if (event.target.getAttribute("method") !== "post") return;
    event.preventDefault();
    send(event.target, event.submitter);
  });

  setInterval(() => {
    const clock = document.querySelector("#clock time[data-runs]");
    if (clock === null) return;
    clock.began ??= performance.now();
    const now = new Date(Date.parse(clock.dateTime) + performance.now() - clock.began);
    clock.textContent = now.toISOString().slice(0, 19).replace("T", " ") + " UTC";
  }, 1000);

  new EventSource("/_sandbox/events").onmessage = refresh;
})();
