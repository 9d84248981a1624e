namespace RelayOperator.Relay.Hubs;

/// <summary>
/// How long each phase may take. Towards a hub that lives these are RFC 5321 §4.5.3.2's; the phases before MAIL are
/// shorter, since until then nothing but the choice of a hub waits for them.
/// </summary>
public sealed record HubTimeouts
{
    public TimeSpan Connect { get; init; } = TimeSpan.FromSeconds(5);

    public TimeSpan Greeting { get; init; } = TimeSpan.FromSeconds(10);

    public TimeSpan Command { get; init; } = TimeSpan.FromMinutes(5);

    public TimeSpan Data { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>For each write, those of a body too (RFC 5321 §4.5.3.2.5).</summary>
    public TimeSpan Block { get; init; } = TimeSpan.FromMinutes(3);

    public TimeSpan Dot { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>RSET, NOOP, QUIT: housekeeping that nobody should wait for long.</summary>
    public TimeSpan Housekeeping { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// All attempts of one transaction together, as far as no final dot is outstanding: clients give up 30 to 100 seconds
    /// after their dot, and what has not begun by then is theirs to try again.
    /// </summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(25);

    /// <summary>
    /// How long a client waits for a hub that is silent after the final dot, where a spool can keep the mail meanwhile: less
    /// than the 30 seconds after which the first clients give up.
    /// </summary>
    public TimeSpan Doubt { get; init; } = TimeSpan.FromSeconds(20);

    public TimeSpan For(HubPhase phase) => phase switch
    {
        HubPhase.Connect => Connect,
        HubPhase.Banner or HubPhase.Ehlo or HubPhase.Tls or HubPhase.Auth or HubPhase.Xclient => Greeting,
        HubPhase.Mail or HubPhase.FirstRcpt or HubPhase.LaterRcpt => Command,
        HubPhase.Data => Data,
        // Nothing is due while the body is on its way: its writes are what is timed.
        HubPhase.Body => Timeout.InfiniteTimeSpan,
        HubPhase.Dot => Dot,
        _ => Housekeeping,
    };
}
