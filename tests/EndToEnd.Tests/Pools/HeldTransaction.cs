using System.Net;
using RelayOperator.TestKit;
using RelayOperator.TestKit.Cluster.Pods;
using Xunit;

namespace RelayOperator.EndToEnd.Tests.Pools;

/// <summary>A client in the middle of a message, straight at one pod: the pod is not drained as long as it lasts.</summary>
internal sealed class HeldTransaction : IDisposable
{
    private readonly SmtpWire _wire;
    private readonly string _id = $"held-{Guid.NewGuid():N}";

    private HeldTransaction(SmtpWire wire) => _wire = wire;

    public static async Task<HeldTransaction> BeginAsync(RelayPod pod)
    {
        var held = new HeldTransaction(await SmtpWire.ConnectAsync(new IPEndPoint(pod.Address, 2525)));
        Assert.StartsWith("220", await held._wire.ReplyAsync(), StringComparison.Ordinal);
        foreach (var line in (string[])["EHLO held.test", "MAIL FROM:<a@held.test>", "RCPT TO:<b@held.test>", "DATA"])
        {
            Assert.Matches("^[23]", await held._wire.AskAsync(line));
        }

        await held._wire.SendAsync($"X-Test-Id: {held._id}\r\n");
        return held;
    }

    /// <summary>Ends the message, which is taken.</summary>
    /// <returns>Its id.</returns>
    public async Task<string> EndAsync()
    {
        Assert.StartsWith("250", await _wire.AskAsync("\r\nheld\r\n."), StringComparison.Ordinal);
        return _id;
    }

    public void Dispose() => _wire.Dispose();
}
