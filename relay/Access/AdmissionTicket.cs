using System.Net;

namespace RelayOperator.Relay.Access;

/// <summary>One session's place under all limits.</summary>
public sealed class AdmissionTicket(Admission admission, AccessRule? rule, IPAddress client) : IDisposable
{
    private int _left;

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _left, 1) == 0)
        {
            admission.Leave(rule, client);
        }
    }
}
