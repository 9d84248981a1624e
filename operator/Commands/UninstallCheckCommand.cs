using System.Collections.Immutable;
using System.CommandLine;
using RelayOperator.Operator.Cluster;

namespace RelayOperator.Operator.Commands;

/// <summary><c>operator uninstall-check</c>: refuses while a pool waits for the operator, which would then wait forever.</summary>
public static class UninstallCheckCommand
{
    private const string OwnFinalizers = "relayoperator.io/";
    private const int Failed = 1;
    private const int Refused = 3;

    public static Command Create()
    {
        var command = new Command("uninstall-check", "Ends with 3 while a RelayPool carries a finalizer of the operator.") { RunCommand.Namespaces };
        command.SetAction(RunAsync);
        return command;
    }

    /// <summary>The pools that carry one, as namespace/name.</summary>
    public static async Task<ImmutableArray<string>> HeldAsync(ClusterClient client, IEnumerable<string> namespaces, CancellationToken cancellationToken)
    {
        var held = ImmutableArray.CreateBuilder<string>();
        foreach (var ns in namespaces.DefaultIfEmpty(""))
        {
            try
            {
                var list = await client.ListAsync(ResourceKind.RelayPool, ns, "", true, cancellationToken);
                held.AddRange(list.Items.Select(ObjectMeta.Of)
                    .Where(meta => meta.Finalizers.Any(finalizer => finalizer.StartsWith(OwnFinalizers, StringComparison.Ordinal)))
                    .Select(meta => meta.Key.ToString()));
            }
            catch (ClusterException e) when (e.IsNotFound)
            {
                // Without the definitions there are no pools.
            }
        }

        return held.ToImmutable();
    }

    private static async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        using var connection = new ClusterConnection();
        try
        {
            var held = await HeldAsync(connection.Client(static () => { }), arguments.GetValue(RunCommand.Namespaces) ?? [], cancellationToken);
            if (held.IsEmpty)
            {
                return 0;
            }

            await Console.Error.WriteLineAsync(
                $"These RelayPools may hold mail and need the operator to be deleted: {string.Join(", ", held)}. Delete them first, wait until they are gone, then uninstall.");
            return Refused;
        }
        catch (ClusterException e)
        {
            await Console.Error.WriteLineAsync($"The RelayPools could not be listed: {e.Message}");
            return Failed;
        }
    }
}
