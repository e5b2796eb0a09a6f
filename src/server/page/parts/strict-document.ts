/**
 * A document for a library that writes style elements and style attributes, which our policy forbids to everything in the page. What it
 * writes into them arrives by the ways that a policy leaves to scripts: sheets that are adopted, and the style of an element as an
 * object. While `during` runs, the page's own document is like that too, for the parts of the library that know no other.
 */
export function strictDocument(): { readonly document: Document; during(run: () => void): void } {
  const create = document.createElement.bind(document);
  const createStrictly = (name: string) => (name === "style" ? adoptedStyle(create) : withStyleAsObject(create(name)));
  const strict = new Proxy(document, {
    get(target, key) {
      if (key === "createElement") return createStrictly;
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
  return {
    document: strict,
    during(run) {
      Object.defineProperty(document, "createElement", { value: createStrictly, configurable: true });
      try {
        run();
      } finally {
        Reflect.deleteProperty(document, "createElement");
      }
    },
  };
}

/** An element that takes the place of a style element, where nothing of it is seen, and puts its text into a sheet. */
function adoptedStyle(create: (name: string) => HTMLElement): HTMLElement {
  const element = create("template");
  const sheet = new CSSStyleSheet();
  document.adoptedStyleSheets.push(sheet);
  Object.defineProperty(element, "textContent", { set: (text: string) => sheet.replaceSync(text), get: () => "" });
  const remove = element.remove.bind(element);
  element.remove = () => {
    document.adoptedStyleSheets = document.adoptedStyleSheets.filter((each) => each !== sheet);
    remove();
  };
  return element;
}

function withStyleAsObject(element: HTMLElement): HTMLElement {
  const setAttribute = element.setAttribute.bind(element);
  element.setAttribute = (name, value) => {
    if (name === "style") element.style.cssText = value;
    else setAttribute(name, value);
  };
  return element;
}
