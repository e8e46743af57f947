/*
 * A stand-in for the bank's payment form script, served by the sandbox bank. No dependencies.
 *
 *   <link rel="stylesheet" href="BANK/widget/payment-form.css">
 *   <script src="BANK/widget/payment-form.js"></script>
 *   <div id="bank131-payment-form"></div>
 *   const form = new Bank131PaymentForm(publicToken, {
 *     isCvcMasked: true,
 *     customerInteractionRedirect: { target: "_self" },
 *     onPaymentSuccess() { ... },
 *     onPaymentFail(error) { ... },
 *   });
 *   form.render();
 *
 * The callbacks may be given in the settings, as a third argument, assigned as properties of the form
 * (form.onPaymentSuccess = f), or registered by calling them (form.onPaymentSuccess(f)): no document of the bank says which.
 */
(function () {
  "use strict";

  const CONTAINER = "bank131-payment-form";
  const BASE = new URL(document.currentScript.src).origin;
  const PAUSE_MS = 500;
  const FIELDS = [
    { name: "number", label: "Card number", autocomplete: "cc-number", maxLength: 23 },
    { name: "expiration_month", label: "Month (MM)", autocomplete: "cc-exp-month", maxLength: 2 },
    { name: "expiration_year", label: "Year (YY)", autocomplete: "cc-exp-year", maxLength: 2 },
    { name: "security_code", label: "Code (CVC)", autocomplete: "cc-csc", maxLength: 4 },
  ];

  function element(tag, properties, ...children) {
    const made = Object.assign(document.createElement(tag), properties);
    made.append(...children);
    return made;
  }

  async function ask(path, options) {
    const response = await fetch(BASE + path, options);
    const answer = await response.json();
    if (!response.ok) {
      throw Object.assign(new Error(answer.error.description), { code: answer.error.code });
    }
    return answer;
  }

  class Bank131PaymentForm {
    constructor(publicToken, settings = {}, callbacks = {}) {
      this.publicToken = publicToken;
      this.settings = settings;
      this.redirected = false;
      for (const name of ["onPaymentSuccess", "onPaymentFail"]) {
        let callback = callbacks[name] || settings[name] || null;
        Object.defineProperty(this, name, {
          get: () => (registered) => { callback = registered; return this; },
          set: (assigned) => { callback = assigned; },
        });
        Object.defineProperty(this, "_" + name, { value: (detail) => callback && callback(detail) });
      }
    }

    render() {
      const container = document.getElementById(CONTAINER);
      if (container === null) {
        throw new Error("Bank131PaymentForm: the page has no element with id " + CONTAINER);
      }
      this.problem = element("p", { className: "bank131-problem" });
      this.problem.setAttribute("role", "alert");
      this.button = element("button", { type: "submit", textContent: "Pay" });
      this.inputs = FIELDS.map((field) => this.input(field));
      const labelled = this.inputs.map((input) =>
        element("label", { htmlFor: input.id }, input.getAttribute("aria-label"), input));
      const form = element("form", {}, this.problem, ...labelled, this.button);
      form.addEventListener("submit", (event) => { event.preventDefault(); this.pay(); });
      container.replaceChildren(form);
    }

    input(field) {
      const masked = field.name === "security_code" && this.settings.isCvcMasked;
      const made = element("input", {
        id: CONTAINER + "-" + field.name, name: field.name, type: masked ? "password" : "text",
        inputMode: "numeric", autocomplete: field.autocomplete, maxLength: field.maxLength, required: true,
      });
      made.setAttribute("aria-label", field.label);
      return made;
    }

    async pay() {
      this.button.disabled = true;
      this.problem.textContent = "";
      const card = { public_token: this.publicToken };
      for (const input of this.inputs) {
        card[input.name] = input.value;
        input.removeAttribute("aria-invalid");
      }
      try {
        await ask("/widget/pay", {
          method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(card),
        });
      } catch (error) {
        this.refused(error);
        return;
      }
      this.follow();
    }

    refused(error) {
      const wrong = this.inputs.find((input) => error.message.startsWith(input.name + ":"));
      this.problem.textContent = error.message;
      if (wrong) {
        this.problem.textContent = wrong.getAttribute("aria-label") + error.message.slice(wrong.name.length);
        wrong.setAttribute("aria-invalid", "true");
        wrong.focus();
      }
      this.button.disabled = false;
    }

    async follow() {
      let answer = null;
      try {
        answer = await ask("/widget/state?public_token=" + encodeURIComponent(this.publicToken));
      } catch (error) {
        answer = { state: error.code ? "failed" : "processing" };
      }
      if (answer.state === "action_required" && !this.redirected) {
        this.redirected = true;
        const redirect = this.settings.customerInteractionRedirect || {};
        window.open(new URL(answer.redirect_url, BASE), redirect.target || "_self");
      }
      if (answer.state === "succeeded" || answer.state === "failed") {
        this.finish(answer);
      } else {
        setTimeout(() => this.follow(), PAUSE_MS);
      }
    }

    finish(answer) {
      const succeeded = answer.state === "succeeded";
      this.problem.textContent = succeeded ? "" : "The payment did not go through.";
      if (succeeded) {
        this._onPaymentSuccess(answer);
      } else {
        this._onPaymentFail(answer);
      }
      if (answer.return_url) {
        window.location.assign(answer.return_url);
      }
    }
  }

  window.Bank131PaymentForm = Bank131PaymentForm;
})();
