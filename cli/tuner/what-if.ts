/** Policies side by side on one observed node: what each would write, and what the models say that it does. Pure. */
import type { NodeView } from '../../tuner/observation/node-view.ts';
import { planOnce } from '../../tuner/plan-once.ts';
import { intendedView } from '../../tuner/policy/node-tree.ts';
import { eventPredictor, fitView } from '../../tuner/policy/view-model.ts';
import type { PolicyName } from './flags.ts';
import { planTools, type ToolOptions } from './tools.ts';

export interface WhatIf {
  readonly observed: readonly ObservedRow[];
  /** Greatest difference between what a container received and what the model says of the unchanged node, CPUs. */
  readonly modelErrorCores: number;
  readonly policies: readonly PolicyForecast[];
}

export interface ObservedRow {
  readonly path: string;
  readonly name: string;
  readonly reservedCores?: number;
  readonly receivedCores?: number;
  readonly gapCores?: number;
}

export interface PolicyForecast {
  readonly policy: PolicyName;
  readonly writes: number;
  readonly refused: number;
  readonly idleCores: number;
  /** In the order of `observed`. */
  readonly containers: readonly ContainerForecast[];
}

export interface ContainerForecast {
  readonly path: string;
  /** What was measured and the change by the fluid model; absent where it was not measured. */
  readonly receivedCores?: number;
  readonly gapCores?: number;
  /** By the model of single events. */
  readonly waitP99Seconds?: number;
}

export function compareOn(
  view: NodeView,
  policies: readonly PolicyName[],
  options: Omit<ToolOptions, 'policy'> & { readonly seed: number },
): WhatIf {
  const { residuals } = fitView(view);
  return {
    observed: view.containers.map(({ path, name, reservedCores, evidence }) => ({
      path,
      name,
      ...(reservedCores !== undefined && { reservedCores }),
      ...(evidence && { receivedCores: evidence.receivedCores, gapCores: evidence.gapCores.estimate }),
    })),
    modelErrorCores: Math.max(0, ...residuals.map(({ residualCores }) => Math.abs(residualCores))),
    policies: policies.map((policy) => forecastPolicy(view, policy, options)),
  };
}

function forecastPolicy(
  view: NodeView,
  policy: PolicyName,
  options: Omit<ToolOptions, 'policy'> & { readonly seed: number },
): PolicyForecast {
  const { decision, plan, containers, idleAfterCores } = planOnce(
    view,
    [],
    planTools({ ...options, policy }),
  );
  const waits = new Map(
    eventPredictor(options.seed)(view)(intendedView(view, [], decision.wanted)).groups.map((group) => [
      group.path,
      group.waitP99Ns,
    ]),
  );
  return {
    policy,
    writes: plan.writes.length,
    refused: plan.refused.length,
    idleCores: idleAfterCores,
    containers: containers.map((container) => {
      const { path, measuredReceivedCores, predictedBeforeCores, predictedAfterCores, measuredGapCores } =
        container;
      const wait = waits.get(path);
      const isKnown =
        measuredReceivedCores !== undefined &&
        predictedBeforeCores !== undefined &&
        predictedAfterCores !== undefined;
      const change = isKnown ? predictedAfterCores - predictedBeforeCores : 0;
      return {
        path,
        ...(isKnown && { receivedCores: Math.max(0, measuredReceivedCores + change) }),
        ...(isKnown &&
          measuredGapCores !== undefined && { gapCores: Math.max(0, measuredGapCores - change) }),
        ...(wait !== undefined && { waitP99Seconds: wait / 1e9 }),
      };
    }),
  };
}
