#!/usr/bin/env bash
# Checks the Kubernetes manifests, the Dockerfile and every other YAML file that users get.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
bin=$(dirname "$(tests/python/install.sh)")

"$bin/yamllint" --strict .

# Without --strict a misspelt key passes. A resource that there is no schema for is only warned about.
validate() {
    local said
    said=$("$bin/kubernetes-validate" --strict --quiet "$@" 2>&1) || { echo "$said" >&2; return 1; }
    if [[ -n $said ]]; then
        echo "$said" >&2
        return 1
    fi
}

# kustomization.yaml is kustomize's own, and PodMonitor the Prometheus operator's.
mapfile -t manifests < <(find k8s -name '*.yaml' -not -path 'k8s/config/*' -not -name kustomization.yaml \
    -not -name pod-monitor.yaml | sort)
validate "${manifests[@]}"
echo "${#manifests[@]} manifests are valid"

# The check itself must catch what it is for.
broken=$(mktemp -d)
trap 'rm -rf "$broken"' EXIT
sed 's/replicas:/replicaz:/' k8s/transformer.yaml >"$broken/misspelt.yaml"
sed 's/kind: Deployment/kind: Deploymint/' k8s/guard.yaml >"$broken/unknown.yaml"
for file in "$broken"/*.yaml; do
    if validate "$file" 2>/dev/null; then
        echo "kubernetes-validate lets $(basename "$file") pass" >&2
        exit 1
    fi
done

"$bin/hadolint" Dockerfile
if command -v kubectl >/dev/null; then
    kubectl kustomize k8s >"$broken/base.yaml"
    validate "$broken/base.yaml"
    echo "the base builds"
fi
