namespace RelayOperator.Operator.Watching;

/// <summary>How long watches last, and how long one waits after they failed.</summary>
public sealed record WatchTimes
{
    /// <summary>The server ends a watch after this at the earliest.</summary>
    public TimeSpan Least { get; init; } = TimeSpan.FromSeconds(240);

    /// <summary>The server ends a watch after this at the latest; in between at random, so that watches do not end together.</summary>
    public TimeSpan Most { get; init; } = TimeSpan.FromSeconds(300);

    /// <summary>A watch that the server has not ended so much later hangs: a socket may be open on this side alone.</summary>
    public TimeSpan Overdue { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>The first wait after a failure.</summary>
    public TimeSpan FirstPause { get; init; } = TimeSpan.FromSeconds(0.5);

    /// <summary>The longest wait after failures in a row.</summary>
    public TimeSpan LongestPause { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How often a kind is looked for that the cluster does not know.</summary>
    public TimeSpan LookAgain { get; init; } = TimeSpan.FromMinutes(3);
}
