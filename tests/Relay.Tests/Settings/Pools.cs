using RelayOperator.Api.Config;
using RelayOperator.TestKit;

namespace RelayOperator.Relay.Tests.Settings;

/// <summary>What an operator may have written.</summary>
internal static class Pools
{
    /// <summary>A pool that listens on a free port, under a sequence number that its maxHops repeats.</summary>
    public static RenderedPool Numbered(int sequence) => new() { Sequence = sequence, Config = Config(sequence) };

    private static PoolConfig Config(int sequence)
    {
        var config = TestRelay.Pool([TestRelay.Hub("ht1", 25)]);
        return config with { Listeners = [new ListenerConfig("smtp", 2525, ListenerProtocol.SMTP)], Delivery = config.Delivery with { MaxHops = sequence } };
    }
}
