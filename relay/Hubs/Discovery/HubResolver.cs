using System.Net;
using DnsClient;
using RelayOperator.Api.Config;

namespace RelayOperator.Relay.Hubs.Discovery;

/// <summary>
/// Finds the endpoints of a HubTransport by DNS: A and AAAA, MX (RFC 5321 §5.1), or SRV (RFC 2782). Throws
/// <see cref="DnsResponseException"/> where the servers cannot answer; an empty answer means that the name has nothing.
/// </summary>
public sealed class HubResolver(IDnsQuery dns)
{
    private static readonly QueryType[] AddressTypes = [QueryType.A, QueryType.AAAA];
    private static readonly TimeSpan MinTtl = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan MaxTtl = TimeSpan.FromSeconds(300);

    public async Task<HubResolution> ResolveAsync(HubConfig hub, CancellationToken cancellationToken) => hub.Discovery switch
    {
        HubDiscovery.DnsMx => await MxAsync(hub, cancellationToken),
        HubDiscovery.DnsSrv => await SrvAsync(hub, cancellationToken),
        HubDiscovery.DnsAddresses => Resolution(await AddressesAsync(hub.Host, hub.Port, hub.Host, 0, 0, cancellationToken)),
        _ => Literal(hub),
    };

    /// <summary>Discovery Static: the host as it stands, a name being looked up at each connect.</summary>
    public static HubResolution Literal(HubConfig hub)
    {
        EndPoint endPoint = IPAddress.TryParse(hub.Host, out var address)
            ? new IPEndPoint(address, hub.Port)
            : new DnsEndPoint(hub.Host, hub.Port);
        return new([new HubEndpoint(endPoint, hub.Host, 0, 0)], Timeout.InfiniteTimeSpan);
    }

    private async Task<HubResolution> MxAsync(HubConfig hub, CancellationToken cancellationToken)
    {
        var answer = await QueryAsync(hub.Host, QueryType.MX, cancellationToken);
        var records = answer.Answers.MxRecords().OrderBy(record => record.Preference).ToList();
        // RFC 7505: "MX 0 ." says that the domain takes no mail.
        var wanted = records.Where(record => record.Exchange.Value != ".").ToList();
        return await GatherAsync(
            wanted.Select(record => (Name(record.Exchange), hub.Port, Rank(wanted, record, r => r.Preference), 0, record.TimeToLive)), cancellationToken);
    }

    private async Task<HubResolution> SrvAsync(HubConfig hub, CancellationToken cancellationToken)
    {
        var answer = await QueryAsync(hub.Host, QueryType.SRV, cancellationToken);
        var records = answer.Answers.SrvRecords().Where(record => record.Target.Value != ".").OrderBy(record => record.Priority).ToList();
        return await GatherAsync(
            records.Select(record => (Name(record.Target), (int)record.Port, Rank(records, record, r => r.Priority), Math.Max(1, (int)record.Weight), record.TimeToLive)),
            cancellationToken);
    }

    private async Task<HubResolution> GatherAsync(
        IEnumerable<(string Host, int Port, int Tier, int Weight, int Ttl)> targets, CancellationToken cancellationToken)
    {
        List<(HubEndpoint EndPoint, int Ttl)> found = [];
        foreach (var (host, port, tier, weight, ttl) in targets)
        {
            foreach (var (endPoint, addressTtl) in await AddressesAsync(host, port, host, tier, weight, cancellationToken))
            {
                found.Add((endPoint, Math.Min(ttl, addressTtl)));
            }
        }

        return Resolution(found);
    }

    private async Task<List<(HubEndpoint EndPoint, int Ttl)>> AddressesAsync(
        string host, int port, string targetHost, int tier, int weight, CancellationToken cancellationToken)
    {
        if (IPAddress.TryParse(host, out var literal))
        {
            return [(new HubEndpoint(new IPEndPoint(literal, port), targetHost, tier, weight), int.MaxValue)];
        }

        List<(HubEndpoint EndPoint, int Ttl)> found = [];
        foreach (var type in AddressTypes)
        {
            found.AddRange((await QueryAsync(host, type, cancellationToken)).Answers.AddressRecords()
                .Select(record => (new HubEndpoint(new IPEndPoint(record.Address, port), targetHost, tier, weight), record.TimeToLive)));
        }

        return found;
    }

    private async Task<IDnsQueryResponse> QueryAsync(string name, QueryType type, CancellationToken cancellationToken)
    {
        var answer = await dns.QueryAsync(name, type, QueryClass.IN, cancellationToken);
        return answer.HasError && answer.Header.ResponseCode != DnsHeaderResponseCode.NotExistentDomain
            ? throw new DnsResponseException((DnsResponseCode)answer.Header.ResponseCode, answer.ErrorMessage)
            : answer;
    }

    private static int Rank<T>(List<T> records, T record, Func<T, ushort> order) =>
        records.Select(order).Distinct().Count(value => value < order(record));

    private static string Name(DnsString name) => name.Value.TrimEnd('.');

    private static HubResolution Resolution(List<(HubEndpoint EndPoint, int Ttl)> found)
    {
        var ttl = found.Count == 0 ? MinTtl * 5 : TimeSpan.FromSeconds(found.Min(entry => entry.Ttl));
        return new(
            [.. found.Select(entry => entry.EndPoint).DistinctBy(endPoint => endPoint.Address)],
            ttl < MinTtl ? MinTtl : ttl > MaxTtl ? MaxTtl : ttl);
    }
}
