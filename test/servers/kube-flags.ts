import path from 'node:path';

/** Where the parts of one control plane listen and keep their files. */
export type KubePlan = {
  directory: string;
  etcdUrl: string;
  etcdPeerUrl: string;
  apiServerPort: number;
  controllerManagerKubeconfig: string;
};

export function etcdFlags(plan: KubePlan): string[] {
  return [
    '--name=default',
    `--data-dir=${path.join(plan.directory, 'etcd')}`,
    `--listen-client-urls=${plan.etcdUrl}`,
    `--advertise-client-urls=${plan.etcdUrl}`,
    `--listen-peer-urls=${plan.etcdPeerUrl}`,
    `--initial-advertise-peer-urls=${plan.etcdPeerUrl}`,
    `--initial-cluster=default=${plan.etcdPeerUrl}`,
    // The data need not survive the machine.
    '--unsafe-no-fsync',
    '--log-level=warn',
  ];
}

export function apiServerFlags(plan: KubePlan): string[] {
  const file = (name: string): string => path.join(plan.directory, name);
  return [
    `--etcd-servers=${plan.etcdUrl}`,
    '--bind-address=127.0.0.1',
    `--secure-port=${plan.apiServerPort}`,
    // Else the server looks for the machine's default route, and there may be none.
    '--advertise-address=127.0.0.1',
    '--endpoint-reconciler-type=none',
    `--tls-cert-file=${file('server.crt')}`,
    `--tls-private-key-file=${file('server.key')}`,
    `--client-ca-file=${file('ca.crt')}`,
    `--kubelet-client-certificate=${file('kubelet-client.crt')}`,
    `--kubelet-client-key=${file('kubelet-client.key')}`,
    '--kubelet-preferred-address-types=InternalIP,Hostname',
    '--service-account-issuer=https://kubernetes.default.svc.cluster.local',
    `--service-account-key-file=${file('service-account.pub')}`,
    `--service-account-signing-key-file=${file('service-account.key')}`,
    '--service-cluster-ip-range=10.0.0.0/24',
    '--authorization-mode=Node,RBAC',
    '--allow-privileged=true',
  ];
}

export function controllerManagerFlags(plan: KubePlan): string[] {
  const file = (name: string): string => path.join(plan.directory, name);
  return [
    `--kubeconfig=${plan.controllerManagerKubeconfig}`,
    `--root-ca-file=${file('ca.crt')}`,
    `--service-account-private-key-file=${file('service-account.key')}`,
    // Each controller with its own role, as on a cluster.
    '--use-service-account-credentials=true',
    '--leader-elect=false',
    '--secure-port=0',
  ];
}
