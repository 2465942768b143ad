/** Close a browser, whatever its pages still ask: what a route would answer then is nobody's, and no failure. */
export async function shut(browser) {
  const pages = browser.contexts().flatMap((context) => context.pages());
  await Promise.all(pages.map((page) => page.unrouteAll({ behavior: "ignoreErrors" })));
  await browser.close();
}
