namespace RelayOperator.Api;

/// <summary>Whether a listener offers TLS to clients (STARTTLS), and whether it insists on it.</summary>
public enum ListenerTlsMode { Disabled, Optional, Required }

/// <summary>Whether a listener offers AUTH to clients, and whether it insists on it.</summary>
public enum ListenerAuthMode { Disabled, Optional, Required }

/// <summary>Whether connections begin with a PROXY header (version 1 or 2).</summary>
public enum ProxyProtocolMode { Disabled, Required }

/// <summary>Type of the Service that is the pool's one address.</summary>
public enum VipType { LoadBalancer, ClusterIP, NodePort }

/// <summary>Whether a client keeps coming to the same pod.</summary>
public enum VipAffinity { None, ClientIP }

/// <summary>How many IP families the Service asks for.</summary>
public enum IPFamilyPolicy { SingleStack, PreferDualStack, RequireDualStack }

/// <summary>An IP family of the Service.</summary>
public enum IPFamily { IPv4, IPv6 }

/// <summary>Which directions the pool's NetworkPolicy restricts.</summary>
public enum NetworkPolicyMode { Ingress, IngressAndEgress, Disabled }

/// <summary>Whether a PodMonitor is made where its CRD exists; Enabled misses it where it does not.</summary>
public enum PodMonitorMode { Auto, Enabled, Disabled }

/// <summary>Whether a hub's limits hold for each pod or are shared among all pods of a pool.</summary>
public enum HubLimitScope { PerPod, Pool }
