using System.Globalization;
using System.Text.Json.Nodes;
using RelayOperator.Api;
using RelayOperator.Operator.Cluster;
using ObjectMeta = RelayOperator.Operator.Cluster.ObjectMeta;

namespace RelayOperator.Operator.Reconciling;

/// <summary>Tells users by Events what changed for the worse or the better. One that cannot be made is no loss.</summary>
public sealed class EventRecorder(ClusterClient client, string identity, TimeProvider time)
{
    private const int LongestNote = 1024;

    public async Task TellAsync(ResourceKind kind, ObjectMeta subject, Condition condition, bool isWarning, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow().UtcDateTime;
        var note = condition.Message.Length <= LongestNote ? condition.Message : condition.Message[..LongestNote];
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
            ["reason"] = condition.Reason,
            ["type"] = isWarning ? "Warning" : "Normal",
            ["note"] = $"{condition.Type}={condition.Status}: {note}"[..Math.Min(LongestNote, condition.Type.Length + condition.Status.ToString().Length + 3 + note.Length)],
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
