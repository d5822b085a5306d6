/** The alert rules for Prometheus: each can fire, and says what to do. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { parse } from 'yaml';

interface Rule {
  alert: string;
  expr: string;
  for?: string;
  labels: { severity: string };
  annotations: { summary: string; runbook: string };
}

const { groups } = parse(readFileSync('deploy/prometheus/alerts.yml', 'utf8')) as { groups: { rules: Rule[] }[] };
const rules = groups.flatMap((group) => group.rules);

/** Names that a scrape of Holdfast has, and Prometheus's own `up`. */
function knownMetrics(): Set<string> {
  const sources = ['src/app', 'src/http'].flatMap((folder) =>
    readdirSync(folder)
      .filter((file) => file.includes('metrics'))
      .map((file) => readFileSync(join(folder, file), 'utf8')),
  );
  const known = new Set(['up']);
  for (const text of sources) {
    for (const [, kind, name] of text.matchAll(/#(counter|gauge|histogram)\(\s*'(\w+)'/g)) {
      for (const suffix of kind === 'histogram' ? ['_bucket', '_sum', '_count'] : ['']) known.add(`holdfast_${name}${suffix}`);
    }
    for (const [, name] of text.matchAll(/name: '(\w+)'/g)) {
      for (const suffix of ['', '_bucket', '_sum', '_count']) known.add(`${name}${suffix}`);
    }
  }
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  for (const { name } of registry.getMetricsAsArray()) known.add(name);
  return known;
}

describe('the alert rules', () => {
  it('name only metrics that there are', () => {
    const known = knownMetrics();
    const named = rules.flatMap(({ expr }) => expr.match(/\b(?:holdfast|nodejs|process|up)(?:_\w+)?\b(?=[{[ )]|$)/g) ?? []);
    expect(named.length).toBeGreaterThanOrEqual(rules.length);
    expect(named.filter((name) => !known.has(name))).toEqual([]);
  });

  it('have a name, a severity, and one line each of what is and of what to do', () => {
    expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
    for (const { alert, labels, annotations } of rules) {
      expect(alert).toMatch(/^Holdfast[A-Z]\w+$/);
      expect(['warning', 'critical']).toContain(labels.severity);
      expect(annotations.summary).toMatch(/\.$/);
      expect(annotations.runbook.length).toBeGreaterThan(60);
      expect(annotations.runbook.trim()).not.toContain('\n');
    }
  });

  it('send people to documents that exist', () => {
    const documents = rules.flatMap(({ annotations }) => annotations.runbook.match(/docs\/[\w.-]+\.md|deploy\/\w+/g) ?? []);
    expect(documents.length).toBeGreaterThan(0);
    expect(documents.filter((path) => !existsSync(path))).toEqual([]);
  });
});
