using System.Collections.Frozen;
using System.Collections.Immutable;

namespace RelayOperator.Relay.Routing;

/// <summary>Which route a recipient's domain takes: the exact domain, then the longest wildcard, then the default.</summary>
public sealed class RouteTable
{
    private readonly FrozenDictionary<string, Route> _byDomain;
    private readonly FrozenDictionary<string, Route> _byName;
    private readonly bool _hasDomains;

    /// <param name="routes">The default route first; with each the domains that take it, lower case, "*.x" for subdomains of x.</param>
    public RouteTable(ImmutableArray<(Route Route, ImmutableArray<string> Domains)> routes)
    {
        Default = routes[0].Route;
        All = [.. routes.Select(entry => entry.Route)];
        _byName = routes.ToFrozenDictionary(entry => entry.Route.Name, entry => entry.Route, StringComparer.Ordinal);
        var domains = new Dictionary<string, Route>(StringComparer.Ordinal);
        foreach (var (route, names) in routes)
        {
            foreach (var name in names)
            {
                domains.TryAdd(name, route);
            }
        }

        _hasDomains = domains.Count != 0;
        _byDomain = domains.ToFrozenDictionary(StringComparer.Ordinal);
    }

    public Route Default { get; }

    public ImmutableArray<Route> All { get; }

    public Route? Named(string name) => _byName.GetValueOrDefault(name);

    /// <param name="domain">Lower case; "" for Postmaster without a domain.</param>
    public Route For(string domain)
    {
        if (!_hasDomains || domain.Length == 0)
        {
            return Default;
        }

        if (_byDomain.TryGetValue(domain, out var exact))
        {
            return exact;
        }

        for (var dot = domain.IndexOf('.', StringComparison.Ordinal); dot >= 0; dot = domain.IndexOf('.', dot + 1))
        {
            if (_byDomain.TryGetValue($"*{domain[dot..]}", out var wildcard))
            {
                return wildcard;
            }
        }

        return Default;
    }
}
