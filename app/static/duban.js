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

  /* Room for one more: the last row of a list of rows again, empty, with the next number in its names. */
  function oneMore(list) {
    var rows = list.querySelectorAll("[data-row]"), copy = rows[rows.length - 1].cloneNode(true);
    copy.innerHTML = copy.innerHTML.replace(/-(\d+)-/g, function (_all, n) { return "-" + (Number(n) + 1) + "-"; });
    var label = copy.querySelector("label");
    label.textContent = label.textContent.replace(/\d+/, rows.length + 1);
    copy.querySelectorAll("input, select").forEach(function (field) { field.value = ""; });
    rows[rows.length - 1].after(copy);
    copy.querySelector("select, input").focus();
  }

  function offerMore(root) {
    root.querySelectorAll("[data-rows]").forEach(function (list) {
      if (list.querySelector("[data-more]")) return;
      list.querySelectorAll("[data-row]").forEach(function (row, at) {
        var isBlank = Array.from(row.querySelectorAll("input, select")).every(function (field) { return !field.value; });
        if (at && isBlank) row.remove(); /* they are for browsers in which nothing can be added */
      });
      var button = document.createElement("button");
      button.type = "button"; button.className = "db-link"; button.dataset.more = ""; button.textContent = "＋ " + list.dataset.rows;
      button.addEventListener("click", function () { oneMore(list); });
      list.append(button);
    });
  }

  document.addEventListener("htmx:afterSwap", function (event) { 
    var root = event.target.parentElement || document;
    offerMore(root); focusOn(root);
  });
  document.addEventListener("DOMContentLoaded", function () { offerMore(document); focusOn(document); });
})();
