using System.Text.Json.Nodes;
using RelayOperator.TestKit.Cluster.Access;
using RelayOperator.TestKit.Cluster.Kinds;
using RelayOperator.TestKit.Cluster.Store;
using RelayOperator.TestKit.Cluster.Writing;

namespace RelayOperator.TestKit.Cluster.Admission;

/// <summary>What an object passes on its way into the store.</summary>
public sealed class WriteAdmission(ResourceStore store, KindRegistry kinds, RbacAuthorizer authorizer)
{
    private readonly EscalationCheck _escalation = new(authorizer);
    private readonly OwnerCheck _owners = new(authorizer, kinds);
    private readonly ServiceAddresses _addresses = new(store);

    /// <summary>Whether setting blockOwnerDeletion needs the permission for the owner's finalizers, as it does in some clusters. So it does here by default.</summary>
    public bool GuardsOwners { get; set; } = true;

    /// <summary>Unknown fields, defaults, validation and escalation, in the real server's order.</summary>
    /// <returns>Warnings.</returns>
    public IReadOnlyList<string> Admit(ResourceKind kind, JsonObject target, JsonObject? before, WriteOptions options)
    {
        IReadOnlyList<string> unknown = [];
        List<string> faults;
        if (kind.Rules is { } rules)
        {
            unknown = rules.Prune(target);
            if (unknown.Count > 0 && options.FieldValidation == "Strict")
            {
                throw RefusalException.BadRequest($"{kind.Kind} in version \"{kind.Version}\" cannot be handled as a {kind.Kind}: strict decoding error: {string.Join(", ", unknown.Select(path => $"unknown field \"{path}\""))}");
            }
            rules.Default(target);
            faults = [.. rules.Faults(target, before)];
        }
        else
        {
            BuiltInDefaults.Apply(target);
            faults = [.. _addresses.Allocate(target, before), .. BuiltInRules.Faults(target), .. DefinitionFaults(target), .. before is null ? [] : ImmutableFields.Faults(target, before)];
        }
        if (faults.Count > 0)
        {
            throw RefusalException.Invalid(kind, target.Name(), faults);
        }
        _escalation.Demand(options.User, kind, target, before);
        if (GuardsOwners)
        {
            _owners.Demand(options.User, kind, target, before);
        }
        if (before is null && kind == BuiltInKinds.Pod)
        {
            DemandAccount(target);
        }
        return options.FieldValidation == "Warn" ? [.. unknown.Select(path => $"unknown field \"{path}\"")] : [];
    }

    /// <summary>A schema that cannot be read is refused here, so that whoever serves it need not mind.</summary>
    private static IEnumerable<string> DefinitionFaults(JsonObject target)
    {
        if (target["kind"].Text() != "CustomResourceDefinition")
        {
            return [];
        }
        try
        {
            return CustomKind.Of(target) is var kind && target.Name() == $"{kind.Plural}.{kind.Group}"
                ? []
                : [$"metadata.name: Invalid value: \"{target.Name()}\": must be spec.names.plural+\".\"+spec.group"];
        }
        catch (FormatException error)
        {
            return [$"spec.versions[0].schema.openAPIV3Schema: Invalid value: \"schema\": {error.Message}"];
        }
    }

    /// <summary>A pod's ServiceAccount comes before the pod; every namespace has one named default.</summary>
    private void DemandAccount(JsonObject pod)
    {
        if (pod.At("spec", "serviceAccountName").Text() is { Length: > 0 } and not "default" and var account && store.Get(BuiltInKinds.ServiceAccount, pod.Namespace(), account) is null)
        {
            throw RefusalException.ForbiddenObject(BuiltInKinds.Pod, pod.Name(), $"error looking up service account {pod.Namespace()}/{account}: serviceaccount \"{account}\" not found");
        }
    }
}
