import type { AccessKeyPair } from '@promontory/access';

/** What a person needs after the first start, ready to paste. */
export function firstStartText(url: string, key: AccessKeyPair): string {
  const reachable = url.replace('//0.0.0.0:', '//localhost:').replace('//[::]:', '//localhost:');
  return `Made an access key. The secret is shown only now:

  access key id:     ${key.accessKey.accessKeyId}
  access key secret: ${key.secret}

Add this to prometheus.yml:

  remote_write:
    - url: ${reachable}/api/v1/write
      basic_auth:
        username: ${key.accessKey.accessKeyId}
        password: ${key.secret}

In Grafana, add a Prometheus data source with the URL ${reachable}, Basic authentication, and the same pair.

`;
}
