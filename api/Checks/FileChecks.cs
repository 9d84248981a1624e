using System.Collections.Immutable;

namespace RelayOperator.Api.Checks;

/// <summary>What the objects of a file have to fulfil together.</summary>
internal static class FileChecks
{
    private static readonly string[] ClusterFields = ["replicas", "autoscaling", "vip", "networkPolicy", "podMonitor", "template"];

    /// <summary>Adds to the sheets of the objects; faults of the file as a whole are returned.</summary>
    public static IEnumerable<ConfigFault> Run(DocumentReader file, string name, bool complete)
    {
        foreach (var pool in file.Pools)
        {
            Judge(pool, PoolChecks.All);
        }

        foreach (var hub in file.Hubs)
        {
            Judge(hub, HubChecks.All);
        }

        foreach (var secret in file.Secrets)
        {
            Judge(secret, [SecretChecks.Own]);
        }

        Namespaces(file);
        Twice(file.Hubs, hub => hub.Metadata.Name);
        Twice(file.Secrets, secret => secret.Metadata.Name);
        References(file);
        foreach (var further in file.Pools.Skip(1))
        {
            further.Sheet.Add(new Finding("kind", $"RelayPool a second time; document {file.Pools[0].Sheet.Document} is one", "one RelayPool in a file"));
        }

        // Where something could not be read, it may well have been the pool.
        if (file.Pools.Count == 0 && complete && !file.HasUnknown)
        {
            yield return new ConfigFault(
                name, 0, 0, "", "", "", "no RelayPool", $"one RelayPool (apiVersion: {RelayPool.GroupVersion}, kind: RelayPool) in a file");
        }
    }

    /// <summary>What is allowed but hardly meant, or of no effect here. For a file without faults.</summary>
    public static ImmutableArray<string> Notices(PoolObjects objects, FaultSheet poolSheet)
    {
        var notices = ImmutableArray.CreateBuilder<string>();
        var spec = objects.Pool.Spec;
        var ignored = ClusterFields.Where(field => poolSheet.HasSeen($"spec.{field}")).ToArray();
        if (ignored.Length > 0)
        {
            notices.Add($"of meaning in a cluster only, and ignored here: spec.{string.Join(", spec.", ignored)}");
        }

        if (objects.Selected(spec.Hubs).IsEmpty)
        {
            notices.Add($"spec.hubs selects no HubTransport of this file{Empty(spec.Hubs)}: mail of the default route will be answered 451");
        }

        foreach (var route in spec.Routes.Where(route => objects.Selected(route.Hubs).IsEmpty))
        {
            notices.Add($"route {route.Name} selects no HubTransport of this file{Empty(route.Hubs)}: its mail will be answered 451");
        }

        HubSelection[] selections = [spec.Hubs, .. spec.Routes.Select(route => route.Hubs)];
        foreach (var hub in objects.Hubs.Where(hub => !selections.Any(selection => selection.Selector.Selects(hub.Metadata.Labels))))
        {
            notices.Add($"HubTransport {hub.Metadata.Name} is selected by no route and gets no mail");
        }

        if (spec.Access.IsEmpty)
        {
            notices.Add("spec.access is empty: nobody may relay");
        }

        return notices.ToImmutable();
    }

    private static string Empty(HubSelection selection) =>
        selection.Selector.MatchLabels.IsEmpty ? " (an empty selector selects nothing)" : "";

    private static void Judge<T>(LoadedObject<T> loaded, IEnumerable<Func<T, IEnumerable<Finding>>> checks)
    {
        foreach (var finding in checks.SelectMany(check => check(loaded.Value)))
        {
            loaded.Sheet.Add(finding);
        }
    }

    private static void Namespaces(DocumentReader file)
    {
        if (file.Pools.Count == 0)
        {
            return;
        }

        var expected = file.Pools[0].Value.Metadata.Namespace;
        if (file.Pools[0].Sheet.IsFaulty("metadata.namespace"))
        {
            return;
        }

        foreach (var (meta, sheet) in file.Hubs.Select(hub => (hub.Value.Metadata, hub.Sheet))
            .Concat(file.Secrets.Select(secret => (secret.Value.Metadata, secret.Sheet))))
        {
            if (meta.Namespace != expected)
            {
                sheet.Add(new Finding("metadata.namespace", meta.Namespace, $"the namespace of the pool, {expected}"));
            }
        }
    }

    private static void Twice<T>(IEnumerable<LoadedObject<T>> objects, Func<T, string> nameOf)
    {
        var first = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var (value, sheet) in objects)
        {
            var name = nameOf(value);
            if (name.Length > 0 && !first.TryAdd(name, sheet.Document))
            {
                sheet.Add(new Finding("metadata.name", $"{name} a second time", $"each name once; document {first[name]} has it already"));
            }
        }
    }

    private static void References(DocumentReader file)
    {
        var secrets = file.Secrets.ToLookup(secret => secret.Value.Metadata.Name, StringComparer.Ordinal);
        foreach (var (uses, sheet) in file.Pools.Select(pool => (SecretUse.Of(pool.Value), pool.Sheet))
            .Concat(file.Hubs.Select(hub => (SecretUse.Of(hub.Value), hub.Sheet))))
        {
            foreach (var finding in uses.SelectMany(use => SecretChecks.Used(use, secrets)))
            {
                sheet.Add(finding);
            }
        }
    }
}
