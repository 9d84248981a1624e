using System.Globalization;

namespace RelayOperator.TestKit.Cluster.Writing;

/// <summary>Times as metav1.Time writes them: seconds, UTC.</summary>
public static class Timestamp
{
    public static string Of(TimeProvider time) => Of(time.GetUtcNow());

    public static string Of(DateTimeOffset moment) => moment.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
