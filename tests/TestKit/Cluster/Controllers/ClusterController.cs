using System.Threading.Channels;
using RelayOperator.TestKit.Cluster.Kinds;
using RelayOperator.TestKit.Cluster.Store;

namespace RelayOperator.TestKit.Cluster.Controllers;

/// <summary>A controller of the cluster: told of changes, it looks at one object after the other and does what is missing. Switched off it only remembers what to look at.</summary>
public abstract class ClusterController : IAsyncDisposable
{
    private static readonly TimeSpan s_retry = TimeSpan.FromMilliseconds(200);

    private readonly Channel<ObjectAddress> _queue = Channel.CreateUnbounded<ObjectAddress>(new() { SingleReader = true });
    private readonly HashSet<ObjectAddress> _waiting = [];
    private readonly Lock _lock = new();
    private readonly Task _working;
    private TaskCompletionSource _enabled = Completed();

    protected ClusterController(ClusterState cluster)
    {
        Cluster = cluster;
        cluster.Store.Changed += OnChanged;
        _working = WorkAsync();
    }

    /// <summary>Whether it works.</summary>
    public bool IsEnabled
    {
        get => _enabled.Task.IsCompleted;
        set
        {
            lock (_lock)
            {
                if (value)
                {
                    _enabled.TrySetResult();
                }
                else if (_enabled.Task.IsCompleted)
                {
                    _enabled = new(TaskCreationOptions.RunContinuationsAsynchronously);
                }
            }
        }
    }

    protected ClusterState Cluster { get; }

    /// <summary>What a change makes worth looking at.</summary>
    protected abstract IEnumerable<ObjectAddress> Affected(ResourceKind kind, ResourceEvent change);

    /// <summary>Brings the cluster closer to what that object wants; runs for one object at a time.</summary>
    protected abstract void Reconcile(ObjectAddress address);

    /// <summary>Looks at an object soon.</summary>
    protected void Enqueue(ObjectAddress address)
    {
        lock (_lock)
        {
            if (_waiting.Add(address))
            {
                _queue.Writer.TryWrite(address);
            }
        }
    }

    public virtual async ValueTask DisposeAsync()
    {
        Cluster.Store.Changed -= OnChanged;
        _queue.Writer.TryComplete();
        IsEnabled = true;
        await _working;
        GC.SuppressFinalize(this);
    }

    private async Task RetryAsync(ObjectAddress address)
    {
        await Task.Delay(s_retry, Cluster.Time);
        Enqueue(address);
    }

    private static TaskCompletionSource Completed()
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        done.SetResult();
        return done;
    }

    private void OnChanged(ResourceKind kind, ResourceEvent change)
    {
        foreach (var address in Affected(kind, change))
        {
            Enqueue(address);
        }
    }

    private async Task WorkAsync()
    {
        await foreach (var address in _queue.Reader.ReadAllAsync())
        {
            await _enabled.Task;
            lock (_lock)
            {
                _waiting.Remove(address);
            }
            try
            {
                lock (Cluster.Store.Gate)
                {
                    Reconcile(address);
                }
            }
            catch (RefusalException)
            {
                // A pod without its ServiceAccount yet, a namespace that is leaving: what stands in the way may go away without a word.
                _ = RetryAsync(address);
            }
        }
    }
}
