using System.Globalization;
using System.Text.Json.Nodes;
using RelayOperator.Operator.Cluster;
using ObjectMeta = RelayOperator.Operator.Cluster.ObjectMeta;

namespace RelayOperator.Operator.Reconciling;

/// <summary>Tells users by Events what changed for the worse or the better. One that cannot be made is no loss.</summary>
public sealed class EventRecorder(ClusterClient client, string identity, TimeProvider time)
{
    private const int LongestNote = 1024;

    /// <param name="kind">Kind of the object that it is about.</param>
    /// <param name="subject">The object.</param>
    /// <param name="reason">Why, as one word for programs.</param>
    /// <param name="note">What happened, for people.</param>
    /// <param name="isWarning">Whether somebody should look.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task TellAsync(ResourceKind kind, ObjectMeta subject, string reason, string note, bool isWarning, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow().UtcDateTime;
        var whole = new JsonObject
        {
            ["apiVersion"] = ResourceKind.Event.ApiVersion,
            ["kind"] = ResourceKind.Event.Kind,
            ["metadata"] = new JsonObject
            {
                ["name"] = string.Create(CultureInfo.InvariantCulture, $"{subject.Name}.{Guid.NewGuid():N}"),
                ["namespace"] = subject.Namespace,
            },
            ["eventTime"] = now.ToString("yyyy-MM-ddTHH:mm:ss.ffffffZ", CultureInfo.InvariantCulture),
            ["reportingController"] = "relayoperator.io/relay-operator",
            ["reportingInstance"] = identity,
            ["action"] = "Reconcile",
            ["reason"] = reason,
            ["type"] = isWarning ? "Warning" : "Normal",
            ["note"] = note.Length <= LongestNote ? note : note[..LongestNote],
            ["regarding"] = new JsonObject
            {
                ["apiVersion"] = kind.ApiVersion,
                ["kind"] = kind.Kind,
                ["namespace"] = subject.Namespace,
                ["name"] = subject.Name,
                ["uid"] = subject.Uid,
            },
        };
        try
        {
            await client.CreateAsync(ResourceKind.Event, subject.Namespace, whole, cancellationToken);
        }
        catch (ClusterException)
        {
            // The condition says the same.
        }
    }
}
