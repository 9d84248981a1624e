namespace RelayOperator.TestKit;

/// <summary>What a scripted hub does instead of its usual reply.</summary>
public abstract record HubAct
{
    /// <summary>Ends the connection in an orderly way, saying nothing.</summary>
    public static HubAct Close { get; } = new CloseAct("");

    /// <summary>Resets the connection.</summary>
    public static HubAct Reset { get; } = new ResetAct();

    /// <summary>Says nothing, for as long as the connection lasts.</summary>
    public static HubAct Hang { get; } = new HangAct();

    /// <summary>A reply, its lines joined by CRLF; the last CRLF is added.</summary>
    public static implicit operator HubAct(string reply) => new SayAct(reply + "\r\n");

    /// <summary>Bytes as they stand.</summary>
    public static HubAct Raw(string bytes) => new SayAct(bytes);

    /// <summary>Bytes as they stand, then the end.</summary>
    public static HubAct RawThenClose(string bytes) => new CloseAct(bytes);

    /// <summary>A reply, after which nothing more is read, for as long as the hub lasts.</summary>
    public static HubAct SayAndStopReading(string reply) => new StopAct(reply + "\r\n");

    internal sealed record StopAct(string Bytes) : HubAct;

    internal sealed record SayAct(string Bytes) : HubAct;

    internal sealed record CloseAct(string Bytes) : HubAct;

    internal sealed record ResetAct : HubAct;

    internal sealed record HangAct : HubAct;
}
