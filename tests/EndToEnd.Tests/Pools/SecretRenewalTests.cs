using System.Net;
using System.Net.Security;
using System.Runtime.Versioning;
using System.Security.Authentication;
using System.Text;
using RelayOperator.TestKit;
using RelayOperator.TestKit.Cluster.Pods;
using Xunit;

namespace RelayOperator.EndToEnd.Tests.Pools;

/// <summary>Certificates and users of a pool in the cluster are Secrets, which change while its pods serve.</summary>
[UnsupportedOSPlatform("windows")]
[Collection("pools")]
public sealed class SecretRenewalTests(PoolCluster cluster)
{
    private const string Listener =
        """{"spec":{"listeners":[{"name":"smtp","port":25,"tls":{"mode":"Required","secretRef":{"name":"secured-tls"}},"auth":{"mode":"Required","usersSecretRef":{"name":"secured-users"}}}]}}""";

    [Fact]
    public async Task Renewed_certificates_and_users_are_in_force_in_every_pod_and_no_session_or_pod_ends_for_it()
    {
        using var first = new TestAuthority("first");
        using var second = new TestAuthority("second");
        await InstallAsync(first, "app");
        var pool = await cluster.CreatePoolAsync("secured", "  replicas: 2");
        await pool.PatchAsync(Listener);
        await pool.ServesAsync(pods: 2);
        var pods = pool.Pods;
        await Eventually.True(async () => await ShowAsync(pods, "first"), "every pod shows the first certificate", 30);
        List<SmtpWire> sessions = [];
        foreach (var pod in pods)
        {
            var session = await SecuredAsync(pod);
            Assert.StartsWith("530", await session.SendMessageAsync(), StringComparison.Ordinal);
            Assert.StartsWith("235", await LogInAsync(session, "app"), StringComparison.Ordinal);
            sessions.Add(session);
        }

        await InstallAsync(second, "app", "other");
        await Eventually.True(async () => await ShowAsync(pods, "second"), "every pod shows the renewed certificate", 30);
        foreach (var (pod, session) in pods.Zip(sessions))
        {
            Assert.StartsWith("250", await session.SendMessageAsync(), StringComparison.Ordinal);
            Assert.Contains("CN=first", session.Tls.RemoteCertificate!.Issuer, StringComparison.Ordinal);
            using var later = await SecuredAsync(pod);
            Assert.StartsWith("235", await LogInAsync(later, "other"), StringComparison.Ordinal);
        }

        // Whoever is no user any more sends nothing more, in a session of before either.
        await InstallAsync(second, "other");
        await Eventually.True(
            async () =>
            {
                var answers = await Task.WhenAll(sessions.Select(session => session.AskAsync("MAIL FROM:<a@b.test>")));
                await Task.WhenAll(sessions.Select(session => session.AskAsync("RSET")));
                return answers.All(answer => answer.StartsWith("530", StringComparison.Ordinal));
            },
            "the user is gone in every pod",
            30);
        sessions.ForEach(session => session.Dispose());
        Assert.All(pods, pod => Assert.Equal((0, false), (pod.Restarts, pod.Process.HasExited)));
        Assert.Equal(pods.Select(pod => pod.Name), pool.Pods.Select(pod => pod.Name));

        await pool.DeleteAsync();
        await Eventually.True(() => pool.Json is null, "the pool is gone", 30);
    }

    private Task InstallAsync(TestAuthority authority, params IEnumerable<string> users)
    {
        var (certificate, key) = authority.IssuePem("relay.test");
        var secrets = (IEnumerable<(string Name, string Key, string Text)>)
        [
            ("secured-tls", "tls.crt", certificate),
            ("secured-tls", "tls.key", key),
            ("secured-users", "users", string.Join('\n', users.Select(user => $"{user}:{LoginClientTests.Bcrypt}"))),
        ];
        return cluster.Server.InstallAsync(
            string.Join("\n---\n", secrets.GroupBy(secret => secret.Name).Select(secret =>
                $"apiVersion: v1\nkind: Secret\nmetadata: {{ name: {secret.Key} }}\ndata: {{ {string.Join(", ", secret.Select(item => $"{item.Key}: {Base64(item.Text)}"))} }}")),
            cluster.Space);
    }

    private static async Task<bool> ShowAsync(IReadOnlyList<RelayPod> pods, string issuer)
    {
        foreach (var pod in pods)
        {
            try
            {
                using var wire = await SecuredAsync(pod);
                if (!wire.Tls.RemoteCertificate!.Issuer.Contains($"CN={issuer}", StringComparison.Ordinal))
                {
                    return false;
                }
            }
            catch (Exception e) when (e is InvalidOperationException or AuthenticationException)
            {
                return false; // No TLS there yet.
            }
        }

        return true;
    }

    private static async Task<SmtpWire> SecuredAsync(RelayPod pod)
    {
        var wire = await SmtpWire.ConnectAsync(new IPEndPoint(pod.Address, 2525));
        await wire.ReplyAsync();
        await wire.AskAsync("EHLO client.test");
        await wire.StartTlsAsync(new SslClientAuthenticationOptions { TargetHost = "relay.test", AllowTlsResume = false });
        await wire.AskAsync("EHLO client.test");
        return wire;
    }

    private static Task<string> LogInAsync(SmtpWire wire, string user) => wire.AskAsync($"AUTH PLAIN {Base64($"\0{user}\0swordfish")}");

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
}
