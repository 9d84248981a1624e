using System.Net;

namespace RelayOperator.Operator.Cluster;

/// <summary>The API server said no, or something that is no answer.</summary>
/// <param name="status">The status of the answer.</param>
/// <param name="reason">The API's word for it, such as Conflict or AlreadyExists; "" for none.</param>
/// <param name="message">What it said.</param>
/// <param name="retryAfter">How long it asks to be left alone; zero where it does not say.</param>
public sealed class ClusterException(HttpStatusCode status, string reason, string message, TimeSpan retryAfter = default) : Exception(message)
{
    /// <summary>There was no answer, or none that makes sense.</summary>
    public ClusterException(string reason, string message)
        : this(default, reason, message)
    {
    }

    public HttpStatusCode Status { get; } = status;

    public string Reason { get; } = reason;

    public TimeSpan RetryAfter { get; } = retryAfter;

    public bool IsNotFound => Status == HttpStatusCode.NotFound;

    /// <summary>Somebody else wrote first, or the object is not what the writer took it for.</summary>
    public bool IsConflict => Status == HttpStatusCode.Conflict;

    /// <summary>The object's namespace is being deleted, so nothing is made in it any more.</summary>
    public bool IsOfLeavingNamespace => Status == HttpStatusCode.Forbidden && Message.Contains("being terminated", StringComparison.Ordinal);

    /// <summary>The resource version is too old to go on from.</summary>
    public bool IsGone => Status == HttpStatusCode.Gone;
}
