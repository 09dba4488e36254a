/* What a page is measured by, run inside it. Each function returns sentences about what is wrong. */
(() => {
  const shown = (element) => {
    if (!element.getClientRects().length || !element.checkVisibility()) return false;
    for (let each = element; each; each = each.parentElement) {
      const style = getComputedStyle(each);
      if (style.visibility === "hidden") return false;
      if (style.clip === "rect(0px, 0px, 0px, 0px)") return false;
    }
    const box = element.getBoundingClientRect();
    return box.right > 0 && box.bottom > 0 && box.width > 1 && box.height > 1;
  };
  const name = (element) => {
    const words = (element.innerText || element.value || element.getAttribute("aria-label") || element.name || "").trim();
    return `${element.tagName.toLowerCase()} «${words.replace(/\s+/g, " ").slice(0, 24)}»`;
  };
  const CONTROLS = "a[href],button,input:not([type=hidden]),select,textarea,summary,[tabindex='0']";
  const controls = () => [...document.querySelectorAll(CONTROLS)].filter((each) => shown(each));

  /* What is folded away is measured too. */
  function unfold() {
    for (const each of document.querySelectorAll("details")) each.open = true;
  }

  /* Every text: its size in CSS pixels, its line height over that, and how many characters. */
  function texts() {
    const found = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const element = walker.currentNode.parentElement;
      const words = walker.currentNode.nodeValue.trim();
      if (!words || /^(SCRIPT|STYLE|OPTION)$/.test(element.tagName) || !shown(element)) continue;
      const style = getComputedStyle(element);
      const size = parseFloat(style.fontSize);
      found.push({
        words, size, count: words.length, line: parseFloat(style.lineHeight) / size,
        running: !element.closest("h1,h2,h3,a,button,b,label,legend,th,.fig,.brand,.btn,.years,.stamp,.tag,.doors,.desk,summary"),
      });
    }
    return found;
  }

  function small_texts() {
    const all = texts();
    const by_size = {};
    for (const each of all) by_size[each.size] = (by_size[each.size] || 0) + each.count;
    const main = Number(Object.keys(by_size).sort((one, other) => by_size[other] - by_size[one])[0]);
    const least = document.body.classList.contains("desk") ? 18 : 20;
    const wrong = main < least ? [`most text is ${main} px`] : [];
    for (const each of all) {
      if (each.size < 18) wrong.push(`${each.size} px: ${each.words.slice(0, 20)}`);
      if (each.running && each.line < 1.6 && each.count > 12) wrong.push(`line height ${each.line}: ${each.words.slice(0, 20)}`);
    }
    return wrong;
  }

  const around = (boxes) => ({
    width: Math.max(...boxes.map((box) => box.right)) - Math.min(...boxes.map((box) => box.left)),
    height: Math.max(...boxes.map((box) => box.bottom)) - Math.min(...boxes.map((box) => box.top)),
  });

  /* A link inside a sentence is as tall as its line, and excepted as in WCAG 2.5.8. */
  const stands_in_a_sentence = (link) => {
    if (link.tagName !== "A" || getComputedStyle(link).display !== "inline") return false;
    let block = link.parentElement;
    while (getComputedStyle(block).display === "inline") block = block.parentElement;
    const links = [...block.querySelectorAll("a")].map((each) => each.innerText.trim().length);
    return block.innerText.trim().length - links.reduce((sum, each) => sum + each, 0) >= 4;
  };

  function small_targets() {
    const wrong = [];
    for (const each of controls()) {
      if (stands_in_a_sentence(each) || each.classList.contains("skip")) continue;
      const is_toggle = /^(radio|checkbox|file)$/.test(each.type || "");
      const boxes = [each, ...(is_toggle ? each.labels : [])].map((part) => part.getBoundingClientRect());
      const { width, height } = around(boxes);
      const aside = each.closest("footer,table,.desk");
      const least = aside ? 48 : 60;
      if (Math.min(width, height) < least - 0.5)
        wrong.push(`${name(each)} is ${Math.round(width)}×${Math.round(height)} px, not ${least}`);
    }
    return wrong;
  }

  /* Whether what has the focus looks different from what has not. */
  function hidden_focus() {
    const looks = (element) => {
      const parts = [element, ...(element.labels || [])];
      return JSON.stringify(parts.map((part) => {
        const { outlineStyle, outlineWidth, outlineColor, boxShadow, borderColor } = getComputedStyle(part);
        return [outlineStyle === "none" ? "" : outlineWidth + outlineColor, boxShadow, borderColor];
      }));
    };
    const wrong = [];
    for (const each of controls()) {
      document.activeElement.blur();
      const before = looks(each);
      each.focus({ preventScroll: true });
      if (document.activeElement !== each) wrong.push(`${name(each)} takes no focus`);
      else if (looks(each) === before) wrong.push(`${name(each)} shows no focus`);
    }
    document.activeElement.blur();
    return wrong;
  }

  function double_texts() {
    const all = [...document.body.querySelectorAll("*")];
    const sizes = all.map((each) => parseFloat(getComputedStyle(each).fontSize));
    all.forEach((each, place) => each.style.setProperty("font-size", `${sizes[place] * 2}px`, "important"));
  }

  /* What runs out of the screen sideways, or out of a box that hides it. */
  function cut_off() {
    const width = document.documentElement.clientWidth;
    const wrong = [];
    const scrolls = (element) => {
      for (let each = element; each !== document.body; each = each.parentElement)
        if (getComputedStyle(each).overflowX !== "visible") return true;
      return false;
    };
    if (document.documentElement.scrollWidth > width + 1)
      wrong.push(`the page is ${document.documentElement.scrollWidth} px wide on ${width}`);
    for (const each of document.body.querySelectorAll("*")) {
      if (!shown(each)) continue;
      const box = each.getBoundingClientRect();
      if (box.right > width + 1 && !scrolls(each)) wrong.push(`${name(each)} reaches to ${Math.round(box.right)} px`);
      const style = getComputedStyle(each);
      const hides = /hidden|clip/.test(style.overflowX + style.overflowY) || /^(SELECT|BUTTON)$/.test(each.tagName);
      if (hides && each.innerText && each.scrollWidth > each.clientWidth + 2 && style.display !== "inline")
        wrong.push(`${name(each)} is cut off: ${each.scrollWidth} px in ${each.clientWidth}`);
    }
    return wrong;
  }

  /* Everything that answers to a press does so without a script. */
  function dead_controls() {
    const wrong = [];
    for (const form of document.forms) {
      const fields = [...form.elements].filter((each) => !/^(hidden|submit|fieldset)$/.test(each.type));
      if (!form.querySelector("button:not([type=button]),input[type=submit]")) wrong.push(`form ${form.action} has no button`);
      for (const field of fields) if (!field.name) wrong.push(`${name(field)} has no name`);
      if (form.querySelector("input[type=file]") && form.enctype !== "multipart/form-data") wrong.push("a photo would not be sent");
    }
    for (const each of document.querySelectorAll("button,input:not([type=hidden]),select,textarea"))
      if (!each.form) wrong.push(`${name(each)} stands in no form`);
    for (const each of document.querySelectorAll("a:not([href]),a[href='#'],a[href^='javascript:']")) wrong.push(`${name(each)} leads nowhere`);
    return wrong;
  }

  async function accessibility() {
    const answer = await axe.run(document, {
      runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
      resultTypes: ["violations", "passes"],
    });
    const wrong = answer.violations.map((each) => `axe ${each.id}: ${each.nodes.map((node) => node.target.join(" ")).slice(0, 3)}`);
    for (const rule of [...answer.passes, ...answer.violations]) {
      if (rule.id !== "color-contrast") continue;
      for (const node of rule.nodes) {
        const facts = node.any[0] && node.any[0].data;
        if (facts && facts.contrastRatio && facts.contrastRatio < 7) wrong.push(`contrast ${facts.contrastRatio}: ${node.target}`);
      }
    }
    return wrong;
  }

  /* Everything that is wrong on this screen, with what is folded away unfolded. */
  async function all() {
    unfold();
    const checks = [small_texts, small_targets, hidden_focus, dead_controls, cut_off];
    return [...checks.flatMap((check) => check()), ...(await accessibility())];
  }

  return { all, cut_off, double_texts };
})()
