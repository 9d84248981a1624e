using System.Threading.Channels;

namespace RelayOperator.TestKit.Cluster.Store;

/// <summary>The changes of one kind from a revision on, in order and without a gap.</summary>
public sealed class WatchSubscription : IDisposable
{
    private readonly Channel<ResourceEvent> _events = Channel.CreateUnbounded<ResourceEvent>(new() { SingleReader = true });
    private readonly ResourceStore _store;
    private readonly Shelf _shelf;

    internal WatchSubscription(ResourceStore store, Shelf shelf)
    {
        _store = store;
        _shelf = shelf;
    }

    /// <summary>Completed when the kind is served no more.</summary>
    public ChannelReader<ResourceEvent> Events => _events.Reader;

    /// <summary>Puts a bookmark behind what was told so far.</summary>
    public void Mark()
    {
        lock (_store.Gate)
        {
            Write(ResourceEvent.Bookmark(_store.Revision));
        }
    }

    public void Dispose()
    {
        lock (_store.Gate)
        {
            _shelf.Forget(this);
        }
    }

    internal void Write(ResourceEvent change) => _events.Writer.TryWrite(change);

    internal void End() => _events.Writer.TryComplete();
}
