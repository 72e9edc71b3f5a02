/* What a page does beyond HTML and htmx: keep drafts, move the focus to what went wrong, stop double presses. */
(function () {
  "use strict";

  function focusOn(root) {
    var target = root.querySelector && root.querySelector("[data-focus]");
    if (target) target.focus();
  }

  function keep(form) {
    var body = new URLSearchParams(new FormData(form));
    fetch(form.dataset.draft, { method: "POST", headers: { "HX-Request": "true" }, body: body }).then(function (answer) {
      if (!answer.ok) return;
      answer.text().then(function (html) {
        var place = form.querySelector("#saved");
        if (place) place.outerHTML = html;
      });
    });
  }

  document.addEventListener("input", function (event) {
    var form = event.target.form;
    if (!form || !form.dataset.draft) return;
    clearTimeout(form.keeper);
    form.keeper = setTimeout(keep, 1500, form);
  });

  document.addEventListener("submit", function (event) {
    var form = event.target;
    clearTimeout(form.keeper);
    if (form.dataset.sent) { event.preventDefault(); return; }
    if (form.method === "post" && !form.hasAttribute("hx-post")) {
      form.dataset.sent = "1";
      setTimeout(function () { delete form.dataset.sent; }, 4000);
    }
  });

  document.addEventListener("htmx:afterSwap", function (event) { focusOn(event.target.parentElement || document); });
  document.addEventListener("DOMContentLoaded", function () { focusOn(document); });
})();
