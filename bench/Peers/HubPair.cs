using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using RelayOperator.Bench.Measuring;
using RelayOperator.TestKit;

namespace RelayOperator.Bench.Peers;

/// <summary>
/// The two hubs behind every peer: Postfix's smtp-sink, and, where TLS is measured, an HAProxy in front of each that ends
/// implicit TLS. The same hubs serve every peer of a scenario.
/// </summary>
public sealed class HubPair : IAsyncDisposable
{
    private readonly TempFolder _folder = new();
    private readonly List<Server> _servers = [];

    private HubPair()
    {
        // Postfix's own user reads its configuration from below this folder.
        File.SetUnixFileMode(_folder.Path, File.GetUnixFileMode(_folder.Path) | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
    }

    public IReadOnlyList<int> Ports { get; private init; } = [FreePort.Next(), FreePort.Next()];

    /// <summary>Ports of the same hubs by implicit TLS; empty where it was not asked for.</summary>
    public IReadOnlyList<int> TlsPorts { get; private set; } = [];

    /// <summary>Certificate of the authority that signed the hubs' names.</summary>
    public string CaFile => Path("ca.pem");

    /// <summary>The hubs' certificate and its key, which peers that speak TLS to clients show too.</summary>
    public string PairFile => Path("hub.pem");

    /// <summary>Hubs on ports of one's own choice, in the clear.</summary>
    public static Task<HubPair> StartAsync(IReadOnlyList<int> ports) => StartAsync(new HubPair { Ports = ports }, tls: false);

    public static Task<HubPair> StartAsync(bool tls) => StartAsync(new HubPair(), tls);

    private static async Task<HubPair> StartAsync(HubPair hubs, bool tls)
    {
        foreach (var port in hubs.Ports)
        {
            string[] user = Environment.IsPrivilegedProcess ? ["-u", "nobody"] : [];
            hubs._servers.Add(await Server.StartAsync(hubs.Path($"sink-{port}.log"), port, "smtp-sink", [.. user, "-m", "12000", $"127.0.0.1:{port}", "1000"]));
        }

        if (tls)
        {
            await hubs.StartTlsAsync();
        }

        return hubs;
    }

    /// <summary>A path in the folder of this scenario.</summary>
    public string Path(string name) => _folder.File(name);

    public async ValueTask DisposeAsync()
    {
        foreach (var server in _servers)
        {
            await server.DisposeAsync();
        }

        _folder.Dispose();
    }

    private async Task StartTlsAsync()
    {
        TlsPorts = [FreePort.Next(), FreePort.Next()];
        await WriteCertificatesAsync();
        for (var i = 0; i < Ports.Count; i++)
        {
            _servers.Add(await HaProxy.ServeAsync(this, $"hub-{i}", TlsPorts[i], $"""
                listen hub
                    bind 127.0.0.1:{TlsPorts[i]} ssl crt {PairFile}
                    server sink 127.0.0.1:{Ports[i]}

                """));
        }
    }

    private async Task WriteCertificatesAsync()
    {
        var now = TimeProvider.System.GetUtcNow();
        using var caKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var ca = new CertificateRequest("CN=bench", caKey, HashAlgorithmName.SHA256);
        ca.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        using var authority = ca.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));

        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=hub.bench.example", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("hub.bench.example");
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        using var hub = request.Create(authority, now.AddHours(-1), now.AddHours(23), [1]);
        await File.WriteAllTextAsync(CaFile, authority.ExportCertificatePem());
        await File.WriteAllTextAsync(PairFile, hub.ExportCertificatePem() + "\n" + key.ExportPkcs8PrivateKeyPem() + "\n");
    }
}
