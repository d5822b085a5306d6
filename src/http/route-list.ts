/** Every route that was registered: for the answer 405, and for the test that no route goes undocumented. */
export class RouteList {
  readonly #routes: { method: string; url: string; pattern: RegExp }[] = [];

  add(method: string | string[], url: string): void {
    const pattern = new RegExp(`^${url.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/:\w+/g, '[^/]+')}$`);
    for (const one of [method].flat()) this.#routes.push({ method: one, url, pattern });
  }

  /** `/api/v1/alerts/5` → `['GET', 'HEAD', 'PATCH']`; empty where no route has this path. */
  methodsOf(path: string): string[] {
    return [...new Set(this.#routes.filter((r) => r.pattern.test(path)).map((r) => r.method))].sort();
  }

  all(): { method: string; url: string }[] {
    return this.#routes.map(({ method, url }) => ({ method, url }));
  }
}
