namespace RelayOperator.Operator.Tests.Cluster;

/// <summary>A custom resource to try the API server on.</summary>
internal static class PondDefinition
{
    public const string Yaml = """
        apiVersion: apiextensions.k8s.io/v1
        kind: CustomResourceDefinition
        metadata:
          name: ponds.example.com
        spec:
          group: example.com
          scope: Namespaced
          names: { kind: Pond, plural: ponds, singular: pond, shortNames: [pd] }
          versions:
          - name: v1
            served: true
            storage: true
            subresources:
              status: {}
              scale: { specReplicasPath: .spec.replicas, statusReplicasPath: .status.replicas, labelSelectorPath: .status.selector }
            schema:
              openAPIV3Schema:
                type: object
                required: [spec]
                properties:
                  spec:
                    type: object
                    x-kubernetes-validations:
                    - rule: "!has(oldSelf.depth) || has(self.depth)"
                      message: depth stays once it is set
                    properties:
                      replicas: { type: integer, minimum: 0, maximum: 100 }
                      depth: { type: integer }
                      water: { type: string, enum: [Fresh, Salt], default: Fresh }
                      fish:
                        type: array
                        maxItems: 3
                        x-kubernetes-list-type: map
                        x-kubernetes-list-map-keys: [name]
                        items:
                          type: object
                          required: [name]
                          properties:
                            name: { type: string, maxLength: 10 }
                            count: { type: integer, default: 1 }
                  status:
                    type: object
                    properties:
                      replicas: { type: integer }
                      selector: { type: string }
                      conditions:
                        type: array
                        x-kubernetes-list-type: map
                        x-kubernetes-list-map-keys: [type]
                        items:
                          type: object
                          required: [type, status]
                          properties:
                            type: { type: string }
                            status: { type: string }
        """;
}
