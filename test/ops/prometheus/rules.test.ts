import { expect } from 'chai';
import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { parse } from 'yaml';
import { grafanaFiles, MEDIA_NODES } from '../../../ops/grafana/index.ts';
import { projectFile } from '../../../ops/paths.ts';
import { startCli, runCli, type CliProcess } from '../../support/cli.ts';
import { removeFolder, temporaryFolder } from '../../support/folders.ts';
import { readComposeFile } from '../docker/compose-file.ts';
import { promtool } from '../docker/linters.ts';
import { dashboardExpressions } from '../grafana/dashboard-model.ts';
import { groupingsOf, metricsUrlOf, parseMetrics, selectorsOf, type Exported } from './exported-metrics.ts';

const PROMETHEUS = projectFile('ops', 'prometheus');

interface RuleFile {
  readonly groups: readonly { readonly rules: readonly { readonly record?: string; readonly alert?: string; readonly expr: string; readonly labels?: Readonly<Record<string, string>>; readonly annotations?: Readonly<Record<string, string>> }[] }[];
}
interface ScrapeFile {
  readonly rule_files: readonly string[];
  readonly scrape_configs: readonly {
    readonly job_name: string;
    readonly static_configs?: readonly { readonly targets: readonly string[] }[];
    readonly dns_sd_configs?: readonly { readonly names: readonly string[]; readonly port: number }[];
  }[];
}

async function rules(): Promise<RuleFile['groups'][number]['rules']> {
  const names = await readdir(projectFile('ops', 'prometheus', 'rules'));
  const files = await Promise.all(names.map(async (name) => parse(await readFile(projectFile('ops', 'prometheus', 'rules', name), 'utf8')) as RuleFile));
  return files.flatMap(({ groups }) => groups.flatMap(({ rules: of }) => of));
}

describe('what Prometheus is told', function () {
  this.timeout(240_000);

  it('is a configuration that Prometheus takes, rules included', async () => {
    const result = await promtool(['check', 'config', 'prometheus.yml'], { cwd: PROMETHEUS });
    expect(result.exitCode, result.stdout + result.stderr).to.equal(0);
    expect(result.stdout).to.include('2 rule files found');
  });

  it('fires each alert for what it is about, and for nothing else', async () => {
    const result = await promtool(['test', 'rules', projectFile('test', 'ops', 'prometheus', 'alerts.yml')]);
    expect(result.exitCode, result.stdout + result.stderr).to.equal(0);
    const tested = new Set([...(await readFile(projectFile('test', 'ops', 'prometheus', 'alerts.yml'), 'utf8')).matchAll(/alertname: (\w+)/g)].map(([, name]) => name));
    expect([...tested].sort()).to.deep.equal((await rules()).flatMap(({ alert }) => alert ?? []).sort());
  });

  it('says of each alert how bad it is, what happened, and what to do', async () => {
    for (const { alert, labels, annotations } of (await rules()).filter((rule) => rule.alert !== undefined)) {
      expect(labels?.['severity'], alert).to.be.oneOf(['critical', 'warning']);
      expect(annotations, alert).to.have.all.keys('summary', 'description');
    }
  });

  it('scrapes services of docker-compose.yml, and every worker of it', async () => {
    const { services } = await readComposeFile();
    const { scrape_configs: jobs } = parse(await readFile(projectFile('ops', 'prometheus', 'prometheus.yml'), 'utf8')) as ScrapeFile;
    const workers = jobs.flatMap(({ dns_sd_configs: found = [] }) => found.flatMap(({ names }) => names));
    expect([...workers].sort()).to.deep.equal(Object.entries(services).filter(([, { environment = {} }]) => 'MILLRACE_STAGES' in environment).map(([name]) => name).sort());
    expect(jobs.flatMap(({ dns_sd_configs: found = [] }) => found.map(({ port }) => port))).to.deep.equal([9464]);
    const servers = jobs.flatMap(({ static_configs: found = [] }) => found.flatMap(({ targets }) => targets.map((target) => target.split(':')[0])));
    for (const server of servers.filter((name) => name !== 'localhost')) expect(Object.keys(services)).to.include(server);
  });

  describe('beside an instance that runs', () => {
    let data: string;
    let program: CliProcess;
    let exported: Exported;

    before(async () => {
      data = await temporaryFolder();
      program = startCli(['run', '--metrics-port', '0'], { data });
      const url = await metricsUrlOf(program);
      while ((await fetch(url.replace('/metrics', '/ready'))).status !== 200) await sleep(100);
      // One photo, one recording and one text: every stage has calls to tell of.
      const added = await runCli(['add', ...['photos/cat.jpg', 'speech', 'documents'].map((name) => projectFile('samples', 'media', name))], { data });
      expect(added.code, added.stderr).to.equal(0);
      exported = parseMetrics(await (await fetch(url)).text());
    });

    after(async () => {
      program.killAll();
      await program.ended;
      await removeFolder(data);
    });

    const check = (where: string, expression: string): void => {
      const selectors = selectorsOf(expression);
      for (const { metric, matchers } of selectors) {
        expect([...exported.labels.keys()], where).to.include(metric);
        for (const { label, operator, value } of matchers) {
          if (['job', 'service', 'instance'].includes(label)) continue;
          expect([...(exported.labels.get(metric) ?? [])], `${where}: ${metric}`).to.include(label);
          if (operator === '=') expect([...exported.values(metric, label)], `${where}: ${metric}{${label}}`).to.include(value);
        }
      }
      const has = new Set(selectors.flatMap(({ metric }) => [...(exported.labels.get(metric) ?? [])]));
      if (selectors.length > 0) for (const label of groupingsOf(expression)) if (!['service', 'instance', 'le'].includes(label)) expect([...has], where).to.include(label);
    };

    it('names in rules only metrics and labels that the instance exports', async () => {
      const all = await rules();
      for (const { alert, record, expr } of all) check(alert ?? record ?? '', expr);
      const recorded = new Set(all.flatMap(({ record }) => record ?? []));
      for (const { alert, expr } of all) for (const [name] of expr.matchAll(/\b[a-z]+:\w+:\w+/g)) expect([...recorded], alert).to.include(name);
    });

    it('names in dashboards only metrics, labels and values that the instance exports', () => {
      const expressions = Object.entries(grafanaFiles()).flatMap(([name, text]) => dashboardExpressions(text).map(({ panel, expr }) => ({ where: `${name}: ${panel}`, expr })));
      expect(expressions.length).to.be.greaterThan(60);
      for (const { where, expr } of expressions) check(where, expr);
      for (const node of Object.values(MEDIA_NODES)) expect([...exported.values('millrace_streams_node_process_records_total', 'node')]).to.include(node);
    });

    it('leaves none of the metrics of the engine and of the process out of sight', async () => {
      const shown = [...(await rules()).map(({ expr }) => expr), ...Object.values(grafanaFiles())].join('\n');
      const unseen = [...exported.labels.keys()]
        .map((name) => name.replace(/_(?:bucket|sum|count)$/, ''))
        .filter((name) => name !== 'target_info' && !shown.includes(name));
      // OpenTelemetry's names for what the engine's own say, of which dashboards for Kafka clients of any kind are made;
      // and what is in another already.
      expect([...new Set(unseen)]).to.have.members([
        'messaging_client_consumed_messages_total', 'messaging_process_duration', 'messaging_client_operation_duration',
        'millrace_streams_store_put_latency', 'millrace_streams_task_buffered_records', 'millrace_streams_task_restore_rate', 'nodejs_eventloop_delay_mean', 'nodejs_eventloop_delay_max',
      ]);
    });
  });
});
