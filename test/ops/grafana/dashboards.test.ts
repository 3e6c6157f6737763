import { expect } from 'chai';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { stringify, parse } from 'yaml';
import { DATASOURCE, grafanaFiles } from '../../../ops/grafana/index.ts';
import { projectFile } from '../../../ops/paths.ts';
import { withTemporaryFolder } from '../../support/folders.ts';
import { readComposeFile } from '../docker/compose-file.ts';
import { promtool } from '../docker/linters.ts';
import { dashboardExpressions, dashboardOf, type DashboardModel } from './dashboard-model.ts';

const provisioned = async (kind: string, name: string): Promise<unknown> => parse(await readFile(projectFile('ops', 'grafana', 'provisioning', kind, name), 'utf8'));

describe('Grafana dashboards', function () {
  this.timeout(240_000);
  const dashboards = Object.entries(grafanaFiles()).map(([name, text]): [string, DashboardModel] => [name, dashboardOf(text)]);

  it('are checked in as the code makes them', async () => {
    const folder = projectFile('ops', 'grafana', 'dashboards');
    expect((await readdir(folder)).sort()).to.deep.equal(Object.keys(grafanaFiles()).sort());
    for (const [name, wanted] of Object.entries(grafanaFiles())) {
      expect((await readFile(path.join(folder, name), 'utf8')) === wanted, `${name}: run npx tsx ops/grafana/generate.ts`).to.equal(true);
    }
  });

  it('ask for nothing that Prometheus cannot parse', () => withTemporaryFolder(async (folder) => {
    const expressions = Object.values(grafanaFiles()).flatMap(dashboardExpressions);
    const file = path.join(folder, 'expressions.yml');
    await writeFile(file, stringify({ groups: [{ name: 'dashboards', rules: expressions.map(({ expr }, index) => ({ record: `expression:${index}`, expr })) }] }));
    const result = await promtool(['check', 'rules', file]);
    expect(result.exitCode, result.stdout + result.stderr).to.equal(0);
    expect(result.stdout).to.include(`${expressions.length} rules found`);
  }));

  it('have panels that do not overlap, each with a number, a title and a description of its own', () => {
    for (const [name, { panels }] of dashboards) {
      expect(new Set(panels.map(({ id }) => id)).size, name).to.equal(panels.length);
      expect(new Set(panels.filter(({ type }) => type === 'timeseries').map(({ title }) => title)).size, name).to.equal(panels.filter(({ type }) => type === 'timeseries').length);
      const taken = new Set<string>();
      for (const { title, type, description = '', gridPos: { x, y, w, h } } of panels) {
        expect(x + w, title).to.be.at.most(24);
        for (let column = x; column < x + w; column += 1) {
          for (let line = y; line < y + h; line += 1) {
            expect(taken.has(`${column},${line}`), `${name}: ${title}`).to.equal(false);
            taken.add(`${column},${line}`);
          }
        }
        if (type !== 'row') expect(description, title).to.not.equal('');
      }
    }
  });

  it('read from the data source that is provisioned, which is the Prometheus of docker-compose.yml', async () => {
    const { datasources: [source] } = (await provisioned('datasources', 'prometheus.yaml')) as { datasources: { uid: string; type: string; url: string }[] };
    expect(source?.uid).to.equal(DATASOURCE.uid);
    expect(source?.type).to.equal(DATASOURCE.type);
    expect(Object.keys((await readComposeFile()).services)).to.include(new URL(source?.url ?? '').hostname);
    for (const [name, { panels, templating, annotations }] of dashboards) {
      const uids = [...panels.flatMap(({ datasource, targets = [] }) => [datasource, ...targets.map((target) => target.datasource)]), ...templating.list.map(({ datasource }) => datasource), ...annotations.list.map(({ datasource }) => datasource)];
      expect(new Set(uids.flatMap((each) => each?.uid ?? [])), name).to.deep.equal(new Set([DATASOURCE.uid]));
    }
  });

  it('are found where the provider looks, and are told apart', async () => {
    const { providers: [provider] } = (await provisioned('dashboards', 'millrace.yaml')) as { providers: { options: { path: string } }[] };
    expect((await readComposeFile()).services['grafana']?.volumes).to.include(`./ops/grafana/dashboards:${provider?.options.path ?? ''}:ro`);
    expect(new Set(dashboards.map(([, { uid }]) => uid)).size).to.equal(dashboards.length);
  });

  it('name in legends labels that the expression keeps', () => {
    for (const [name, { panels }] of dashboards) {
      for (const { title, targets = [] } of panels) {
        for (const { expr, legendFormat } of targets) {
          const outer = /^(?:histogram_quantile\([\d.]+, )?(?:sum|max) by \(([^)]*)\)/.exec(expr)?.[1] ?? '';
          for (const [, label] of legendFormat.matchAll(/\{\{(\w+)\}\}/g)) expect(outer.split(', '), `${name}: ${title}`).to.include(label);
        }
      }
    }
  });
});
