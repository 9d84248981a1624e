using RelayOperator.Relay.Hubs;

namespace RelayOperator.Relay.Routing;

/// <summary>The hubs that one transaction has asked already. Few, so a list.</summary>
public sealed class HubExclusions
{
    private List<Hub>? _hubs;

    public void Add(Hub hub) => (_hubs ??= []).Add(hub);

    public bool Contains(Hub hub) => _hubs is not null && _hubs.Contains(hub);
}
